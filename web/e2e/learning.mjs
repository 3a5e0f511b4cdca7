// An admin teaches the assistant what a sentence means, lets it learn, and takes it back: a real server with a small shop,
// a real browser. Pictures lie in target/e2e.
import assert from "node:assert/strict";
import { join } from "node:path";
import { barriersOf, openBrowser, ROOT, Shop, shootAll, shot as shoot, signIn, Steps, watcher } from "./harness.mjs";

const SENTENCE = "东西咋还没影儿";

const shop = new Shop("learning");
Object.assign(shop.environment, { XIAOER_KNOWLEDGE__FOLDER: join(ROOT, "tests/shop") });
const browser = await openBrowser();
const steps = new Steps();
const [faults, barriers] = [[], []];
// A refusal is part of this test, and before signing in nobody is signed in.
const watch = watcher(faults, /status of 4\d\d/);
const step = (name, run) => steps.run(name, run);
const shot = (page, name) => shoot(page, `learning-${name}`);
const accessible = async (page, what) => void barriers.push(...(await barriersOf(page, what)));

async function staff(name, password, options = {}) {
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "zh-CN", ...options })).newPage();
  watch(page, name);
  await page.goto(`${shop.address}/console/inbox/learned`);
  await signIn(page, name, password);
  return page;
}

async function note(page, text) {
  await page.getByLabel("顾客说的话").fill(text);
  await page.locator(".teach .el-select").click();
  await page.getByRole("option", { name: "发货时间" }).click();
  await page.getByRole("button", { name: "记下" }).click();
}

try {
  await shop.start();
  const admin = await staff("admin", shop.password);

  await step("nothing was taught yet", async () => {
    await admin.getByRole("heading", { name: "学到的话" }).waitFor();
    await admin.getByText("还没有人纠正过").waitFor();
    assert.ok(await admin.getByRole("button", { name: "没有新的要学" }).isDisabled());
    await shot(admin, "empty");
    await accessible(admin, "nothing learned");
  });

  await step("a sentence is noted with what it means, and an example that is known is refused", async () => {
    await note(admin, SENTENCE);
    await admin.locator(".lesson", { hasText: SENTENCE }).getByText("待学").waitFor();
    await note(admin, "什么时候发货");
    await admin.getByRole("alert").getByText("已经是").waitFor();
    await shot(admin, "noted");
    await accessible(admin, "noted");
  });

  await step("it learns, and says how it did in the trial", async () => {
    await admin.getByRole("button", { name: "学习（1 句）" }).click();
    await admin.locator(".attempt", { hasText: "第 1 次" }).getByText(/使用中|没有采用/).waitFor({ timeout: 120_000 });
    await admin.locator(".lesson", { hasText: SENTENCE }).getByText("已学").waitFor();
    await shot(admin, "learned");
    await accessible(admin, "learned");
  });

  await step("what was learned is taken back", async () => {
    await admin.getByRole("button", { name: "退回到这里：最初" }).click();
    await admin.getByRole("dialog").getByRole("button", { name: "退回到这里" }).click();
    await admin.locator(".attempt", { hasText: "最初" }).getByText("使用中").waitFor({ timeout: 120_000 });
    await admin.locator(".attempt", { hasText: "第 1 次" }).getByText("已退回").waitFor();
    await admin.locator(".lesson", { hasText: SENTENCE }).getByText("已收回").waitFor();
  });

  await step("on a phone in the dark, and from the inbox", async () => {
    const phone = await staff("admin", shop.password, { viewport: { width: 375, height: 720 }, colorScheme: "dark" });
    await phone.locator(".lesson").waitFor();
    await phone.locator(".tabs").getByRole("link", { name: "待教的问题" }).click();
    await phone.getByRole("heading", { name: "学习收件箱" }).waitFor();
    await phone.locator(".tabs").getByRole("link", { name: "学到的话" }).click();
    await phone.locator(".lesson").waitFor();
    const wide = await phone.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    assert.equal(wide, false, "nothing reaches over the edge");
    await shot(phone, "phone");
    await accessible(phone, "learned on a phone");
  });

  assert.deepEqual(faults, [], "no fault in the browser");
  assert.deepEqual(barriers, [], "no barrier");
  console.log(`learning: ${steps.passed} steps passed`);
} catch (error) {
  await shootAll(browser, "learning-failed");
  throw error;
} finally {
  await browser.close();
  await shop.close();
}
