/* opens.cjs CHROMIUM PAGE ROUNDS: how large a page is and how long it takes, a fresh browser window each: until the browser
   calls it loaded, until the first chart in it is drawn, and until every picture and chart that a reader scrolls past is.
   Prints the medians: "bytes load_s first_chart_s all_s pictures requests". */
'use strict';
const fs = require('fs');
const { chromium } = require('playwright-core');
const [program, file, rounds] = process.argv.slice(2);

async function once(browser) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  let requests = 0;
  page.on('request', (request) => { if (!request.url().startsWith('data:')) requests++; });
  const begun = process.hrtime.bigint(), seconds = () => Number(process.hrtime.bigint() - begun) / 1e9;
  await page.goto('file://' + encodeURI(file), { waitUntil: 'load' });
  const load = seconds();
  const plots = page.locator('figure.plot'), count = await plots.count();
  if (count > 0) {
    await plots.first().scrollIntoViewIfNeeded();
    await page.waitForFunction(() => document.querySelector('figure.plot').classList.contains('drawn'));
  }
  const first = seconds();
  for (let i = 0; i < count; i++) {
    await plots.nth(i).scrollIntoViewIfNeeded();
    await page.waitForFunction((k) => document.querySelectorAll('figure.plot')[k].classList.contains('drawn'), i);
  }
  for (const section of await page.locator('section').all()) await section.scrollIntoViewIfNeeded();
  const all = seconds(), pictures = await page.locator('img').count();
  await context.close();
  return [load, first, all, pictures, requests];
}

(async () => {
  const browser = await chromium.launch({ executablePath: program, args: ['--no-sandbox'] });
  const runs = [];
  try {
    for (let i = 0; i < Number(rounds || 5); i++) runs.push(await once(browser));
  } finally {
    await browser.close();
  }
  const median = (k) => runs.map((run) => run[k]).sort((a, b) => a - b)[runs.length >> 1];
  console.log([fs.statSync(file).size, median(0).toFixed(3), median(1).toFixed(3), median(2).toFixed(3), median(3), median(4)].join(' '));
})().catch((error) => { console.error(error); process.exitCode = 1; });
