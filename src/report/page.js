(function () {
  'use strict';
  /* Without this script the cells are plain links to their pictures. With it a cell opens and closes in place,
     arrow keys walk the matrix, Escape closes and returns to the cell. */
  document.documentElement.classList.add('scripted');
  var open = null, opener = null;

  function close() {
    if (!open) return;
    open.classList.remove('open');
    if (opener) opener.removeAttribute('aria-expanded');
    open = null;
  }

  function show(link) {
    var cell = document.getElementById(link.getAttribute('href').slice(1));
    if (!cell) return;
    var same = cell === open && link === opener;
    close();
    if (same) return;
    open = cell;
    opener = link;
    cell.classList.add('open');
    link.setAttribute('aria-expanded', 'true');
    cell.focus({preventScroll: true});
    cell.scrollIntoView({block: 'nearest'});
  }

  function step(link, key) {
    var td = link.parentNode, row = td.parentNode, column = td.cellIndex;
    var down = key === 'ArrowDown' ? 1 : key === 'ArrowUp' ? -1 : 0;
    var right = key === 'ArrowRight' ? 1 : key === 'ArrowLeft' ? -1 : 0;
    for (;;) {
      if (down) row = down > 0 ? row.nextElementSibling : row.previousElementSibling;
      column += right;
      var next = row && row.cells[column];
      if (!next) return;
      var target = next.querySelector('a');
      if (target) { target.focus(); return; }
    }
  }

  document.addEventListener('click', function (event) {
    var link = event.target.closest ? event.target.closest('a[href^="#cell-"], a.close') : null;
    if (!link) return;
    event.preventDefault();
    if (!link.classList.contains('close')) { show(link); return; }
    var back = opener;
    close();
    if (back) back.focus();
  });

  document.addEventListener('keydown', function (event) {
    if (event.key === 'Escape' && open) {
      var back = opener;
      close();
      if (back) back.focus();
    } else if (/^Arrow/.test(event.key) && event.target.closest && event.target.closest('.matrix td')) {
      event.preventDefault();
      step(event.target, event.key);
    }
  });

  if (/^#cell-\d+-\d+$/.test(location.hash)) {
    var link = document.querySelector('a[href="' + location.hash + '"]');
    if (link) show(link);
  }
})();
