/* pictures.cjs CHROMIUM PAGE: what every other page of graft's must be. Prints as report.cjs does. */
'use strict';
const { chromium } = require('playwright-core');
const [program, file] = process.argv.slice(2);

function check(holds, name, seen) {
  console.log((holds ? 'ok' : 'not ok') + '\t' + name);
  if (!holds && seen !== undefined) console.log(JSON.stringify(seen));
}

/* Every chart is drawn once it comes into view, and arrow keys walk the values of the first. */
async function charts(page) {
  const plots = page.locator('figure.plot');
  const count = await plots.count();
  for (let i = 0; i < count; i++) {
    await plots.nth(i).scrollIntoViewIfNeeded();
    await page.waitForFunction((k) => /drawn|failed/.test(document.querySelectorAll('figure.plot')[k].className), i);
  }
  const failed = await page.locator('figure.plot.failed').count();
  check(failed === 0, 'no chart failed', failed);
  if (count === 0) return;
  const said = [];
  await plots.first().locator('canvas').focus();
  const spec = JSON.parse(await plots.first().locator('script').first().textContent()), values = spec.series[0].y.length;
  for (let i = 0; i < 2; i++) {
    await page.keyboard.press(/bars|dots/.test(spec.kind) ? 'ArrowDown' : 'ArrowRight');
    said.push(await plots.first().locator('.said').textContent());
  }
  check(/[0-9]/.test(said[0]) || /\.ppm/.test(said[0]), 'an arrow key says a value of the chart', said);
  check(values < 2 || said[0] !== said[1], 'and the next one another', said);
}

(async () => {
  const browser = await chromium.launch({ executablePath: program, args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage({ viewport: { width: 340, height: 700 } });
    const requests = [], troubles = [];
    page.on('request', (request) => { if (!request.url().startsWith('data:')) requests.push(request.url()); });
    page.on('console', (message) => { if (message.type() === 'error') troubles.push(message.text()); });
    page.on('pageerror', (error) => troubles.push(String(error)));
    page.on('dialog', (dialog) => { troubles.push('dialog'); dialog.dismiss(); });
    await page.goto('file://' + encodeURI(file));
    for (const section of await page.locator('section').all()) await section.scrollIntoViewIfNeeded();
    check(await page.locator('section').count() > 0, 'there are sections');
    check(requests.length === 1, 'nothing is requested but the file', requests);
    check(troubles.length === 0, 'no error and no dialog', troubles);
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    check(over <= 0, 'nothing sticks out of a narrow window', over);
    await charts(page);
    const nameless = await page.locator('canvas, img, a, button, svg[role=img]').evaluateAll((all) => all.filter((one) =>
      !(one.getAttribute('aria-label') || one.alt || one.textContent.trim() || one.hidden)).map((one) => one.outerHTML.slice(0, 120)));
    check(nameless.length === 0, 'whatever can be visited has a name', nameless);
    const blank = await page.locator('svg.drawing').evaluateAll((all) => all.filter((one) => one.closest('.cell') === null &&
      (one.getBoundingClientRect().width < 100 || one.getBoundingClientRect().height < 50 || !one.querySelector('path[d^=M]'))).length);
    check(blank === 0, 'every drawing is drawn', blank);
    const cell = page.locator('.matrix td a').first();
    if (await cell.count()) {
      await cell.focus();
      await page.keyboard.press('Enter');
      const opened = await page.evaluate(() => document.activeElement.classList.contains('cell') && document.activeElement.offsetHeight > 0);
      await page.keyboard.press('Escape');
      const back = await cell.evaluate((one) => document.activeElement === one);
      check(opened && back, 'Enter opens a cell of the matrix, Escape closes it and returns', { opened, back });
    }
    const plain = await browser.newContext({ javaScriptEnabled: false });
    const still = await plain.newPage();
    await still.goto('file://' + encodeURI(file));
    const tables = await still.locator('details.figures table').evaluateAll((all) => all.map((one) => one.offsetHeight > 0));
    check(tables.every((seen) => seen), 'without a script every figure stands in a table', tables);
  } finally {
    await browser.close();
  }
})().catch((error) => { console.error(error); process.exitCode = 1; });
