/* pictures.cjs CHROMIUM PAGE: what every other page of graft's must be. Prints as report.cjs does. */
'use strict';
const { chromium } = require('playwright-core');
const [program, file] = process.argv.slice(2);

function check(holds, name, seen) {
  console.log((holds ? 'ok' : 'not ok') + '\t' + name);
  if (!holds && seen !== undefined) console.log(JSON.stringify(seen));
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
    const failed = await page.locator('figure.plot.failed').count();
    check(failed === 0, 'no chart failed');
  } finally {
    await browser.close();
  }
})().catch((error) => { console.error(error); process.exitCode = 1; });
