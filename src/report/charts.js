(function () {
  'use strict';
  /* Draws every <figure class="plot"> from the JSON beside its table, with Chart.js. Without this script, or when a chart
     fails, the table stays open. Charts are made when they come near the window, and all of them before printing. */
  var Chart = window.Chart, root = document.documentElement;
  if (!Chart) return;
  var plots = [];

  /* ---- colours come from the style sheet, so that light, dark and paper agree ---- */
  function css(name) { return getComputedStyle(root).getPropertyValue(name).trim(); }

  function faint(colour, share) {
    var hex = /^#(..)(..)(..)$/.exec(colour);
    if (hex) return 'rgba(' + hex.slice(1).map(function (x) { return parseInt(x, 16); }).join(',') + ',' + share + ')';
    return colour.replace(/^hsl\((.*)\)$/, 'hsla($1,' + share + ')');
  }

  function colour(spec, index) {
    var tone = spec.series[index].tone, own = spec.series.filter(function (s) { return !s.tone; }).length;
    if (tone) return css('--' + tone);
    if (spec.series.length === 1) return css('--own');
    if (own <= 10) return css('--c' + index % 10);
    return 'hsl(' + Math.round(index * 360 / own) + ',60%,' + (index % 2 ? 45 : 58) + '%)';
  }

  /* ---- figures as text ---- */
  function told(value, percent) {
    if (value === null || value === undefined || isNaN(value)) return '\u2013';
    if (percent) return (100 * value).toFixed(1) + '\u202f%';
    var size = Math.abs(value);
    return size !== 0 && (size < 1e-3 || size >= 1e6) ? value.toExponential(2) : String(+value.toPrecision(4));
  }

  function tick(percent) {
    return function (value) { return percent ? +(100 * value).toFixed(2) + '\u202f%' : +(+value).toPrecision(6); };
  }

  function lying(spec) { return spec.kind === 'bars' || spec.kind === 'dots'; }

  function sentence(spec, s, i) {
    var series = spec.series[s], text = '';
    if (series.notes && series.notes[i]) text += series.notes[i] + ': ';
    if (lying(spec)) text += spec.categories[i] + ': ';
    if (spec.series.length > 1) text += series.name + ' ';
    if (spec.kind === 'points' && series.notes) return text.replace(/[: ]+$/, '');
    text += told(series.y[i], spec.percent);
    if (series.low && series.low[i] !== null && series.high[i] !== null)
      text += ' (' + told(series.low[i], spec.percent) + ' to ' + told(series.high[i], spec.percent) + ')';
    if (!lying(spec)) text += ' at ' + (spec.x ? spec.x + ' ' : '') + told(series.x[i], spec.percent_x);
    return text;
  }

  /* ---- what Chart.js does not draw itself: intervals, marks, values beside bars ---- */
  function band(chart, spec, s) {
    var series = spec.series[s], c = chart.ctx, x = chart.scales.x, y = chart.scales.y, open = false;
    c.fillStyle = faint(colour(spec, s), 0.15);
    c.beginPath();
    series.y.forEach(function (value, i) {
      if (series.high[i] === null) return;
      c[open ? 'lineTo' : 'moveTo'](x.getPixelForValue(series.x[i]), y.getPixelForValue(series.high[i]));
      open = true;
    });
    for (var i = series.y.length - 1; i >= 0; i--)
      if (series.low[i] !== null) c.lineTo(x.getPixelForValue(series.x[i]), y.getPixelForValue(series.low[i]));
    c.closePath();
    c.fill();
  }

  function whiskers(chart, spec, s) {
    var series = spec.series[s], c = chart.ctx, x = chart.scales.x, meta = chart.getDatasetMeta(s);
    c.strokeStyle = css('--ink');
    c.lineWidth = 1.5;
    c.beginPath();
    meta.data.forEach(function (element, i) {
      if (series.low[i] === null || series.high[i] === null) return;
      var from = x.getPixelForValue(series.low[i]), to = x.getPixelForValue(series.high[i]), y = element.y;
      c.moveTo(from, y); c.lineTo(to, y);
      c.moveTo(from, y - 4); c.lineTo(from, y + 4);
      c.moveTo(to, y - 4); c.lineTo(to, y + 4);
    });
    c.stroke();
  }

  function values(chart, spec) {
    var c = chart.ctx, right = chart.chartArea.right + 8;
    c.fillStyle = css('--ink');
    c.font = '600 13px ' + Chart.defaults.font.family;
    c.textAlign = 'left';
    c.textBaseline = 'middle';
    spec.series.forEach(function (series, s) {
      if (!chart.isDatasetVisible(s)) return;
      chart.getDatasetMeta(s).data.forEach(function (element, i) {
        c.fillText(told(series.y[i], spec.percent), right, element.y);
      });
    });
  }

  function straight(chart, colour_, dash, points) {
    var c = chart.ctx, area = chart.chartArea;
    c.save();
    c.beginPath();
    c.rect(area.left, area.top, area.right - area.left, area.bottom - area.top);
    c.clip();
    c.strokeStyle = colour_;
    c.lineWidth = 1.5;
    c.setLineDash(dash);
    c.beginPath();
    c.moveTo(points[0], points[1]);
    c.lineTo(points[2], points[3]);
    c.stroke();
    c.restore();
  }

  var extras = {
    id: 'graft',
    beforeDatasetsDraw: function (chart) {
      var spec = chart.config.options.graft, x = chart.scales.x, y = chart.scales.y;
      if (spec.diagonal)
        straight(chart, css('--soft'), [5, 5], [x.getPixelForValue(0), y.getPixelForValue(0), x.getPixelForValue(1), y.getPixelForValue(1)]);
      if (typeof spec.mark === 'number')
        straight(chart, css('--bad'), [], [x.getPixelForValue(spec.mark), chart.chartArea.top, x.getPixelForValue(spec.mark), chart.chartArea.bottom]);
      spec.series.forEach(function (series, s) {
        if (!series.low || !chart.isDatasetVisible(s)) return;
        if (spec.kind === 'lines') band(chart, spec, s);
        if (spec.kind === 'dots') whiskers(chart, spec, s);
      });
    },
    afterDatasetsDraw: function (chart) {
      var spec = chart.config.options.graft;
      spec.series.forEach(function (series, s) {
        if (series.low && spec.kind === 'bars' && chart.isDatasetVisible(s)) whiskers(chart, spec, s);
      });
      if (lying(spec) && spec.series.length < 3) values(chart, spec);
    }
  };

  /* ---- one chart ---- */
  function dataset(spec, series, s) {
    var tint = colour(spec, s), dense = series.y.length > 60;
    var out = { label: series.name, borderColor: tint, backgroundColor: tint, borderWidth: 2, data: series.y };
    if (!lying(spec)) out.data = series.y.map(function (y, i) { return { x: series.x[i], y: y === null ? NaN : y }; });
    if (spec.kind === 'bars') {
      out.borderWidth = 0;
      out.borderRadius = 4;
      out.maxBarThickness = 22;
    }
    if (spec.kind === 'lines') {
      out.pointRadius = dense ? 0 : 2.5;
      out.pointHoverRadius = 5;
    }
    if (spec.kind === 'dots') {
      out.showLine = false;
      out.pointRadius = 6;
      out.pointHoverRadius = 8;
    }
    if (spec.kind === 'points') {
      out.backgroundColor = faint(tint, dense ? 0.65 : 0.9);
      out.borderWidth = 0;
      out.pointRadius = series.y.length > 1500 ? 2 : 3.5;
      out.pointHoverRadius = 8;
    }
    if (typeof spec.marked === 'number')
      out[spec.kind === 'dots' ? 'pointBackgroundColor' : 'backgroundColor'] = series.y.map(function (y, i) {
        return i === spec.marked ? css('--own') : css('--other');
      });
    if (typeof spec.marked === 'number' && spec.kind === 'dots') out.pointBorderColor = out.pointBackgroundColor;
    return out;
  }

  /* The axis takes in the ends of all intervals. */
  function fit(spec, out) {
    spec.series.forEach(function (series) {
      (series.low || []).concat(series.high || []).forEach(function (value) {
        if (value === null) return;
        if (out.suggestedMin === undefined || value < out.suggestedMin) out.suggestedMin = value;
        if (out.suggestedMax === undefined || value > out.suggestedMax) out.suggestedMax = value;
      });
    });
  }

  /* From the first value to the last: a logarithmic axis would begin at a power of ten below them. */
  function span(spec, out) {
    var values = [].concat.apply([], spec.series.map(function (series) { return series.x; }));
    var least = Math.min.apply(null, values), most = Math.max.apply(null, values);
    if (least < most) { out.min = least; out.max = most; }
    var few = values.filter(function (v, i) { return values.indexOf(v) === i; }).sort(function (a, b) { return a - b; });
    if (few.length > 9) return;
    /* Where few values were measured, those are what one reads off. */
    out.afterBuildTicks = function (scale) { scale.ticks = few.map(function (v) { return { value: v }; }); };
  }

  function axis(spec, way) {
    var lies = lying(spec), value = lies ? way === 'x' : way === 'y';
    var percent = value ? spec.percent : spec.percent_x, name = lies ? (way === 'x' ? spec.y : '') : spec[way];
    var out = {
      grid: { color: css('--line'), drawBorder: false, tickLength: 4 },
      ticks: { color: css('--soft'), maxTicksLimit: value ? 7 : 9, callback: tick(percent) },
      title: { display: !!name, text: name, color: css('--soft') }
    };
    if (!value && lies) {
      out.grid.display = false;
      out.offset = true;
      out.ticks = { color: css('--ink'), autoSkip: spec.categories.length > 60, callback: function (v) {
        var text = spec.categories[v], most = Math.max(12, Math.min(36, Math.round(this.chart.width / 24)));
        return text.length > most ? '\u2026' + text.slice(1 - most) : text; /* layers differ at their ends */
      } };
      return out;
    }
    out.type = !value && spec.logarithmic ? 'logarithmic' : 'linear';
    if (out.type === 'logarithmic') span(spec, out);
    if (spec.kind === 'bars') { out.beginAtZero = true; if (spec.percent && value) out.max = 1; }
    if (value && spec.kind !== 'bars') fit(spec, out);
    if (value && typeof spec.lowest === 'number') { out.min = spec.lowest; out.max = spec.highest; }
    if (spec.kind === 'points') { out.grid.display = false; out.ticks.display = false; }
    return out;
  }

  function config(spec) {
    return {
      type: spec.kind === 'bars' ? 'bar' : spec.kind === 'points' ? 'scatter' : 'line',
      data: { labels: spec.categories, datasets: spec.series.map(function (series, s) { return dataset(spec, series, s); }) },
      plugins: [extras],
      options: {
        graft: spec,
        animation: false,
        responsive: true,
        maintainAspectRatio: false,
        indexAxis: lying(spec) ? 'y' : 'x',
        layout: { padding: { right: lying(spec) && spec.series.length < 3 ? 66 : 8, top: 4 } },
        interaction: spec.kind === 'lines' ? { mode: 'index', intersect: false } : { mode: 'nearest', intersect: spec.kind !== 'points' },
        scales: { x: axis(spec, 'x'), y: axis(spec, 'y') },
        plugins: {
          legend: { display: false },
          tooltip: {
            backgroundColor: css('--ink'), titleColor: css('--card'), bodyColor: css('--card'), displayColors: false,
            callbacks: {
              title: function () { return ''; },
              label: function (item) { return sentence(spec, item.datasetIndex, item.dataIndex); }
            }
          }
        }
      }
    };
  }

  /* Switches for the series, as buttons: reachable by keyboard, unlike a legend on a canvas. */
  function legend(plot) {
    var bar = document.createElement('p');
    bar.className = 'legend switches';
    plot.spec.series.forEach(function (series, s) {
      var button = document.createElement('button');
      button.type = 'button';
      button.textContent = series.name;
      button.setAttribute('aria-pressed', 'true');
      button.style.setProperty('--dot', colour(plot.spec, s));
      button.addEventListener('click', function () {
        var shown = button.getAttribute('aria-pressed') !== 'true';
        button.setAttribute('aria-pressed', String(shown));
        plot.chart.setDatasetVisibility(s, shown);
        plot.chart.update();
      });
      bar.appendChild(button);
    });
    plot.legend = bar;
    plot.box.parentNode.insertBefore(bar, plot.box);
  }

  /* The picture of the point that is visited. */
  function peek(plot, s, i) {
    plot.said.textContent = sentence(plot.spec, s, i);
    if (!plot.image) return;
    var picture = plot.spec.pictures[s][i];
    plot.image.hidden = !picture;
    if (picture) plot.image.src = 'data:image/jpeg;base64,' + picture;
    plot.image.alt = plot.said.textContent;
  }

  function visit(plot, s, i) {
    var chart = plot.chart, at = [{ datasetIndex: s, index: i }], element = chart.getDatasetMeta(s).data[i];
    plot.at = [s, i];
    chart.setActiveElements(at);
    chart.tooltip.setActiveElements(at, { x: element.x, y: element.y });
    chart.update();
    peek(plot, s, i);
  }

  /* Arrow keys walk the values: left and right within a series, up and down from series to series; for categories the
     other way round, as they lie. */
  function walk(plot, event) {
    var along = lying(plot.spec) ? { ArrowUp: -1, ArrowDown: 1 } : { ArrowLeft: -1, ArrowRight: 1 };
    var across = lying(plot.spec) ? { ArrowLeft: -1, ArrowRight: 1 } : { ArrowUp: -1, ArrowDown: 1 };
    if (event.key === 'Escape' && plot.at) {
      plot.at = null;
      plot.chart.setActiveElements([]);
      plot.chart.tooltip.setActiveElements([], { x: 0, y: 0 });
      plot.chart.update();
      return;
    }
    if (!(event.key in along) && !(event.key in across)) return;
    event.preventDefault();
    var at = plot.at || [0, event.key in along && along[event.key] < 0 ? plot.spec.series[0].y.length : -1];
    var s = at[0], i = at[1] + (along[event.key] || 0), count = plot.spec.series.length;
    for (var k = 0; across[event.key] && k < count; k++) {
      s = (s + across[event.key] + count) % count;
      if (plot.chart.isDatasetVisible(s)) break;
    }
    var y = plot.spec.series[s].y, way = along[event.key] || 1;
    i = Math.max(0, Math.min(y.length - 1, i));
    while (i >= 0 && i < y.length && y[i] === null) i += way; /* gaps are stepped over */
    if (i >= 0 && i < y.length) visit(plot, s, i);
  }

  function draw(plot) {
    if (plot.chart || plot.failed) return;
    try {
      plot.spec = JSON.parse(plot.data.textContent);
      if (plot.pictures) plot.spec.pictures = JSON.parse(plot.pictures.textContent); /* an array a series */
      var canvas = document.createElement('canvas');
      canvas.tabIndex = 0;
      canvas.setAttribute('role', 'img');
      canvas.setAttribute('aria-label', plot.spec.title + '. Arrow keys walk the values; all of them are in the table below.');
      plot.box.appendChild(canvas);
      plot.chart = new Chart(canvas, config(plot.spec));
      if (plot.spec.series.length > 1) legend(plot);
      plot.said = document.createElement('p');
      plot.said.className = 'said';
      plot.said.setAttribute('aria-live', 'polite');
      if (plot.spec.pictures) {
        plot.image = document.createElement('img');
        plot.image.hidden = true;
        plot.image.alt = '';
        var side = document.createElement('div');
        side.className = 'peek';
        side.appendChild(plot.image);
        side.appendChild(plot.said);
        plot.figure.classList.add('pictured');
        plot.box.parentNode.insertBefore(side, plot.box.nextSibling);
        canvas.addEventListener('mousemove', function () {
          var active = plot.chart.getActiveElements()[0];
          if (active) peek(plot, active.datasetIndex, active.index);
        });
      } else {
        plot.said.classList.add('hidden');
        plot.box.appendChild(plot.said);
      }
      canvas.addEventListener('keydown', function (event) { walk(plot, event); });
      plot.figure.classList.add('drawn');
      plot.table.open = false;
    } catch (error) {
      plot.failed = true;
      if (plot.chart) plot.chart.destroy();
      plot.chart = null;
      plot.box.textContent = '';
      plot.figure.classList.add('failed');
      plot.table.open = true;
      if (window.console) console.error(error);
    }
  }

  function recolour() {
    Chart.defaults.color = css('--soft');
    plots.forEach(function (plot) {
      if (!plot.chart) return;
      var fresh = config(plot.spec);
      plot.chart.data.datasets.forEach(function (set, s) { Object.assign(set, fresh.data.datasets[s]); });
      plot.chart.options.scales = fresh.options.scales;
      plot.chart.options.plugins.tooltip = fresh.options.plugins.tooltip;
      if (plot.legend)
        Array.prototype.forEach.call(plot.legend.children, function (button, s) { button.style.setProperty('--dot', colour(plot.spec, s)); });
      plot.chart.update('none');
    });
  }

  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  Chart.defaults.font.size = 13;
  Chart.defaults.color = css('--soft');
  plots = Array.prototype.map.call(document.querySelectorAll('figure.plot'), function (figure) {
    var plot = { figure: figure, box: figure.querySelector('.canvas'), table: figure.querySelector('details.figures'), data: figure.querySelector('script'), pictures: figure.querySelector('script.pictures') };
    plot.table.open = false;
    return plot;
  });
  if (window.IntersectionObserver) {
    var observer = new IntersectionObserver(function (entries) {
      entries.forEach(function (entry) {
        if (!entry.isIntersecting) return;
        observer.unobserve(entry.target);
        plots.forEach(function (plot) { if (plot.figure === entry.target) draw(plot); });
      });
    }, { rootMargin: '600px' });
    plots.forEach(function (plot) { observer.observe(plot.figure); });
  } else {
    plots.forEach(draw);
  }
  window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', recolour);
  window.addEventListener('beforeprint', function () {
    plots.forEach(draw);
    root.classList.add('printing');
    recolour();
  });
  window.addEventListener('afterprint', function () {
    root.classList.remove('printing');
    recolour();
  });
})();
