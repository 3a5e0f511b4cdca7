// How long each page of the console takes with 20,000 entries and 200,000 messages in the database: until the browser
// paints for the first time, and until what was read from the server stands there. Not part of the suite: it measures.
//
//   PROGRAM=target/release/xiaoer node web/e2e/first-paint.mjs [ENTRIES MESSAGES]
import { spawnSync } from "node:child_process";
import { openBrowser, ROOT, Shop, signIn } from "./harness.mjs";

const [entries, messages] = [process.argv[2] ?? "20000", process.argv[3] ?? "200000"];
const ROUNDS = 3;
const PAGES = ["", "desk", "search", "quick-replies", "knowledge", "knowledge/entries/large-77", "knowledge/publish", "knowledge/versions", "knowledge/confusions", "knowledge/transfer", "try?text=大红茶壶怎么清洗", "try/batch", "inbox", "words", "products", "dashboard", "live", "report", "quality", "team", "settings", "settings/presentation", "rules", "settings/thresholds", "settings/widget", "settings/sessions", "settings/api-keys", "audit", "account"];

const shop = new Shop("first-paint");
const browser = await openBrowser();
try {
  await shop.start();
  await shop.end("SIGTERM");
  const filled = spawnSync("python3", [`${ROOT}/benches/large_shop.py`, `${shop.folder}/shop.db`, entries, messages], { stdio: "inherit" });
  if (filled.status !== 0) throw new Error("the database was not filled");
  await shop.start();
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "zh-CN" });
  const door = await context.newPage();
  await door.goto(`${shop.address}/console`);
  await signIn(door, "admin", shop.password);
  await door.getByText("admin，您好").waitFor();
  await door.close();
  const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
  let slow = 0;
  console.log("page".padEnd(34), "first paint".padStart(12), "complete".padStart(12), "  (ms, median of", ROUNDS, "loads)");
  for (const path of PAGES) {
    const [paints, completes] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
      const page = await context.newPage();
      const begun = Date.now();
      await page.goto(`${shop.address}/console/${path}`);
      await page.locator("#room h1, #room .desk, #room > *").first().waitFor();
      await page.waitForFunction(() => !document.querySelector(".skeleton, .skeleton-rows, [aria-busy=true]"));
      completes.push(Date.now() - begun);
      paints.push(await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? NaN));
      await page.close();
    }
    const [paint, complete] = [median(paints), median(completes)];
    if (paint > 1000 || complete > 1000) slow++;
    console.log((path || "(home)").padEnd(34), paint.toFixed(0).padStart(12), String(complete).padStart(12), paint > 1000 || complete > 1000 ? "  over a second" : "");
  }
  console.log(`${PAGES.length} pages, ${slow} over a second`);
} finally {
  await browser.close();
  await shop.close();
}
