/* report.cjs CHROMIUM REPORT: what a report must be in a browser. Prints "ok<TAB>name" or "not ok<TAB>name" a check. */
'use strict';
const { chromium } = require('playwright-core');
const [program, file] = process.argv.slice(2);
const address = 'file://' + encodeURI(file);

function check(holds, name, seen) {
  console.log((holds ? 'ok' : 'not ok') + '\t' + name);
  if (!holds && seen !== undefined) console.log(JSON.stringify(seen));
}

async function open(browser, options) {
  const context = await browser.newContext(Object.assign({ viewport: { width: 1100, height: 900 } }, options));
  const page = await context.newPage();
  page.requests = [];
  page.troubles = [];
  page.on('request', (request) => { if (!request.url().startsWith('data:')) page.requests.push(request.url()); });
  page.on('console', (message) => { if (message.type() === 'error') page.troubles.push(message.text()); });
  page.on('pageerror', (error) => page.troubles.push(String(error)));
  page.on('dialog', (dialog) => { page.troubles.push('dialog: ' + dialog.message()); dialog.dismiss(); });
  await page.goto(address);
  return page;
}

/* All charts come into view one after the other. */
async function walk_down(page) {
  const plots = page.locator('figure.plot');
  for (let i = 0; i < await plots.count(); i++) {
    await plots.nth(i).scrollIntoViewIfNeeded();
    await page.waitForFunction((k) => document.querySelectorAll('figure.plot')[k].classList.contains('drawn'), i);
  }
}

/* How many of a canvas' pixels are not transparent. */
const painted = (canvas) => {
  const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  let count = 0;
  for (let i = 3; i < data.length; i += 4) count += data[i] > 0;
  return count;
};

async function looks(browser) {
  const page = await open(browser, {});
  await walk_down(page);
  const sections = await page.locator('section').evaluateAll((all) => all.map((one) => one.id));
  check(['accuracy', 'plan', 'training', 'confusion', 'classes', 'calibration', 'map', 'layers', 'data', 'run'].every((id) => sections.includes(id)),
    'the sections are there', sections);
  const links = await page.locator('nav a').evaluateAll((all) => all.map((one) => one.getAttribute('href').slice(1)));
  check(links.length > 5 && links.every((id) => sections.includes(id)), 'every link of the navigation leads somewhere', links);
  const ink = await page.locator('figure.plot canvas').evaluateAll((all, f) => all.map(eval(f)), painted.toString());
  check(ink.length >= 4 && ink.every((count) => count > 500), 'every chart is drawn', ink);
  check(await page.locator('figure.plot.failed').count() === 0, 'no chart failed');
  check(await page.locator('details.figures[open]').count() === 0, 'drawn charts keep their tables folded');
  check(page.requests.length === 1 && page.requests[0] === page.url(), 'nothing is requested but the file', page.requests);
  check(page.troubles.length === 0, 'no error and no dialog, whatever classes are called', page.troubles);
  const broken = await page.locator('img').evaluateAll((all) => all.filter((one) => !one.hidden && one.complete && one.naturalWidth === 0).length);
  check(broken === 0, 'no picture is broken', broken);
  await page.context().close();
}

async function keyboard(browser) {
  const page = await open(browser, {});
  await walk_down(page);
  const cell = page.locator('.matrix td a').first();
  await cell.focus();
  await page.keyboard.press('Enter');
  const opened = await page.evaluate(() => document.activeElement.classList.contains('cell') && document.activeElement.offsetHeight > 0);
  await page.keyboard.press('Escape');
  const back = await cell.evaluate((one) => document.activeElement === one);
  check(opened && back, 'Enter opens a cell of the matrix, Escape closes it and returns', { opened, back });
  const canvas = page.locator('#training figure.plot canvas').first();
  await canvas.focus();
  await page.keyboard.press('ArrowRight');
  const first = await page.locator('#training .said').first().textContent();
  await page.keyboard.press('ArrowRight');
  const second = await page.locator('#training .said').first().textContent();
  check(/%/.test(first) && first !== second, 'arrow keys walk a chart\'s values and say them', { first, second });
  const map = page.locator('#map figure.plot canvas');
  await map.focus();
  await page.keyboard.press('ArrowRight');
  const visited = await page.locator('#map .peek').evaluate((peek) => ({ said: peek.textContent, seen: peek.querySelector('img').naturalWidth }));
  await page.waitForFunction(() => document.querySelector('#map .peek img').naturalWidth > 0);
  check(/\.ppm/.test(visited.said), 'a point of the map says its name and shows its picture', visited);
  const button = page.locator('#training .switches button').first();
  await button.focus();
  await page.keyboard.press('Space');
  check(await button.getAttribute('aria-pressed') === 'false', 'the keyboard switches a curve off');
  const nameless = await page.locator('canvas, img, a, button').evaluateAll((all) => all.filter((one) =>
    !(one.getAttribute('aria-label') || one.alt || one.textContent.trim() || one.hidden)).map((one) => one.outerHTML.slice(0, 120)));
  check(nameless.length === 0, 'whatever can be visited has a name', nameless);
  await page.context().close();
}

async function sizes(browser) {
  for (const width of [320, 390, 768]) {
    const page = await open(browser, { viewport: { width, height: 700 } });
    await walk_down(page);
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    check(over <= 0, 'nothing sticks out of a window ' + width + ' pixels wide', over);
    await page.context().close();
  }
}

async function without_script(browser) {
  const page = await open(browser, { javaScriptEnabled: false });
  const tables = page.locator('details.figures table');
  let visible = 0;
  for (let i = 0; i < await tables.count(); i++) visible += await tables.nth(i).isVisible();
  check(visible >= 4 && visible === await tables.count(), 'without a script the figures stand in tables', visible);
  const text = await page.locator('#accuracy table').first().innerText();
  check(/this model\s+[\d.]+\s%/.test(text), 'and say what the chart would have shown', text);
  check(await page.locator('.canvas').first().isVisible() === false, 'with no empty frame of a chart');
  await page.locator('.matrix td a').first().click();
  check(await page.locator('.cell:target').isVisible(), 'and a cell of the matrix opens as a link');
  await page.context().close();
}

async function paper(browser) {
  const page = await open(browser, { colorScheme: 'dark' });
  const before = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const pdf = await page.pdf();
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  const after = await page.evaluate(() => [getComputedStyle(document.body).backgroundColor, getComputedStyle(document.querySelector('nav')).display]);
  check(before !== 'rgb(255, 255, 255)' && after[0] === 'rgb(255, 255, 255)' && after[1] === 'none', 'paper is white, also from a dark screen', { before, after });
  check(pdf.length > 20000 && await page.locator('figure.plot:not(.drawn)').count() === 0, 'printing draws every chart first');
  await page.context().close();
}

(async () => {
  const browser = await chromium.launch({ executablePath: program, args: ['--no-sandbox'] });
  try {
    await looks(browser);
    await keyboard(browser);
    await sizes(browser);
    await without_script(browser);
    await paper(browser);
  } finally {
    await browser.close();
  }
})().catch((error) => { console.error(error); process.exitCode = 1; });
