// See check-report.sh.
const fs = require("node:fs");
const path = require("node:path");
const { pathToFileURL } = require("node:url");
const puppeteer = require("puppeteer-core");

const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const browserPath = process.env.CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(fs.existsSync);

const given = process.argv.slice(2);
const at = given.indexOf("--screenshots");
const screenshots = at < 0 ? null : given.splice(at, 2)[1];
if (given.length === 0 || !browserPath) {
  console.error(browserPath ? "usage: check-report.sh [--screenshots DIR] PAGE ..." : "no Chromium found; set CHROMIUM");
  process.exit(2);
}

const isUrl = (page) => /^https?:\/\//.test(page);
const urlOf = (page) => (isUrl(page) ? page : pathToFileURL(path.resolve(page)).href);

// Returns the problems of a page at this width and colour scheme, one line each, and notes about violations that do not fail.
async function check(browser, page, width, scheme) {
  const problems = [];
  const tab = await browser.newPage();
  const url = urlOf(page);
  const own = (requested) => requested.startsWith("data:") || (isUrl(page) ? new URL(requested).origin === new URL(url).origin : requested === url);
  tab.on("console", (message) => problems.push(`console ${message.type()}: ${message.text()}`));
  tab.on("pageerror", (error) => problems.push(`error: ${error.message}`));
  tab.on("request", (request) => own(request.url()) || problems.push(`request to another origin: ${request.url()}`));
  tab.on("requestfailed", (request) => problems.push(`request failed: ${request.url()}`));
  await tab.setViewport({ width, height: 900, isMobile: width < 600, hasTouch: width < 600 });
  await tab.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  await tab.goto(url, { waitUntil: "load" });
  if (screenshots) {
    fs.mkdirSync(screenshots, { recursive: true });
    const name = `${path.basename(path.dirname(path.resolve(page)))}-${path.basename(page).replace(/\W+/g, "-")}-${width}-${scheme}.png`;
    await tab.screenshot({ path: path.join(screenshots, name), fullPage: true });
  }
  // Collapsed content is checked too.
  await tab.evaluate(() => document.querySelectorAll("details").forEach((details) => (details.open = true)));
  const sideways = await tab.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (sideways > 0) problems.push(`the page scrolls horizontally by ${sideways} px`);
  await tab.evaluate(axe);
  const found = await tab.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  const notes = [];
  for (const { id, impact, help, nodes } of found.violations) {
    const line = `axe ${impact}: ${id}, ${help} (${nodes.length}×, first ${nodes[0].target.join(" ")})`;
    (impact === "serious" || impact === "critical" ? problems : notes).push(line);
  }
  await tab.close();
  return { problems, notes };
}

(async () => {
  const browser = await puppeteer.launch({ executablePath: browserPath, headless: true, args: ["--no-sandbox", "--disable-gpu"] });
  let failed = false;
  for (const page of given) {
    for (const width of [360, 1280]) {
      for (const scheme of ["light", "dark"]) {
        const { problems, notes } = await check(browser, page, width, scheme);
        failed ||= problems.length > 0;
        console.log(`${problems.length ? "FAILED" : "ok"}  ${page}  ${width} px  ${scheme}`);
        problems.concat(notes.map((note) => `note: ${note}`)).forEach((line) => console.log(`    ${line}`));
      }
    }
  }
  await browser.close();
  process.exit(failed ? 1 : 0);
})();
