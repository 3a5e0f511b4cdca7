// Segments and campaigns: an admin writes both, tries them, starts one; a shopper agrees, gets it, and is done with it
// by one tap. Campaigns are looked after every quarter of a minute, or at once where a page is opened.
import assert from "node:assert/strict";
import { ask, barriersOf, openBrowser, request, Shop, shootAll, shot, signIn, Steps, watcher } from "./harness.mjs";

const shop = new Shop("campaigns");
const browser = await openBrowser();
const steps = new Steps();
const faults = [];
// Before signing in nobody is signed in, and two forms are sent that are refused on purpose.
const watch = watcher(faults, /status of 40[01]/);
const DESKTOP = { viewport: { width: 1280, height: 900 }, locale: "zh-CN" };

async function atConsole(options) {
  const page = await (await browser.newContext(options)).newPage();
  watch(page, "console");
  await page.goto(`${shop.address}/console/`);
  await signIn(page, "admin", shop.password);
  await page.getByText("admin，您好").waitFor();
  return page;
}

/** The newest message of a campaign in the widget. */
const offer = (page, text) => page.locator("#xiaoer .row:not(.mine)").filter({ hasText: text });

try {
  await shop.start();
  const admin = await atConsole(DESKTOP);
  // Whatever the hour of the test, it is none of rest.
  await request(admin, "PUT", "/api/admin/marketing/limits", { cap: { times: 5, days: 7 }, quiet: { from: 0, until: 0 } });
  const shopper = await shop.shopper(browser, watch, { viewport: { width: 420, height: 860 } });

  await steps.run("segments have live counts, the automatic ones too", async () => {
    await admin.goto(`${shop.address}/console/segments`);
    await admin.getByText("重要价值客户", { exact: true }).waitFor();
    await admin.getByText("相似客群第 1 群").waitFor();
    await admin.getByText(/中间的一位 .*天前买过/).first().waitFor();
    assert.deepEqual(await barriersOf(admin, "segments"), []);
    await shot(admin, "segments");
  });

  await steps.run("a rule says what is wrong with it, whom it means, and why", async () => {
    await admin.getByRole("button", { name: "新建分群" }).click();
    const dialog = admin.getByRole("dialog");
    await dialog.getByLabel("名称").fill("常买的人");
    await dialog.getByLabel("规则").fill("订单数 >= 三");
    await dialog.getByText(/第 8 个字/).waitFor();
    await dialog.getByLabel("规则").fill("订单数 >= 3 且 (累计消费 > 500 或 距上次购买 <= 30)");
    await dialog.getByText(/现在有 \d+ 人/).waitFor();
    assert.deepEqual(await barriersOf(admin, "segment dialog"), []);
    await shot(admin, "segment-dialog");
    await dialog.getByRole("button", { name: "保存" }).click();
    await admin.getByRole("button", { name: "看看有谁 常买的人" }).click();
    await admin.getByText(/订单数 \d+ 单（>= 3）/).first().waitFor();
    await shot(admin, "segment-members");
  });

  await steps.run("a profile says where each field comes from", async () => {
    await admin.locator(".members a").first().click();
    await admin.getByRole("heading", { name: "客户档案" }).waitFor();
    await admin.getByText(/浏览与购物行为 · /).first().waitFor();
    await admin.getByText(/模型推算 · /).first().waitFor();
    assert.deepEqual(await barriersOf(admin, "profile"), []);
    await shot(admin, "profile");
  });

  await steps.run("a campaign is written, and what is wrong is named", async () => {
    await admin.goto(`${shop.address}/console/campaigns`);
    await admin.getByText("还没有活动").waitFor();
    await admin.getByRole("link", { name: "新建活动" }).click();
    await admin.getByLabel("活动名称").fill("运动周");
    await admin.getByLabel("触发方式").selectOption({ label: "打开页面" });
    await admin.getByLabel(/页面路径/).fill("/category/*");
    await admin.getByRole("button", { name: "保存" }).click();
    await admin.getByText(/文字要有 1 到 500 个字/).waitFor();
    await admin.getByLabel("文字").fill("{shop}运动周：{product}只要 {price} 元");
    await admin.locator(".variant select").selectOption({ label: "指定商品" });
    await admin.getByLabel(/商品编号/).fill("SS-001 SS-002");
    await admin.getByLabel("对照组（%）").fill("0");
    assert.deepEqual(await barriersOf(admin, "campaign"), []);
    await shot(admin, "campaign");
  });

  await steps.run("a dry run says who would get it and why others would not", async () => {
    await admin.getByRole("button", { name: "试运行" }).click();
    await admin.getByRole("heading", { name: "试运行结果" }).waitFor();
    await admin.getByText("没有同意接收").first().waitFor();
    assert.deepEqual(await barriersOf(admin, "dry run"), []);
    await admin.locator(".dry").evaluate((box) => box.scrollIntoView());
    await shot(admin, "campaign-dry-run");
  });

  await steps.run("nothing is sent to somebody who never agreed", async () => {
    await admin.getByRole("button", { name: "开始", exact: true }).click();
    await admin.getByRole("dialog").getByRole("button", { name: "开始" }).click();
    await admin.getByText("进行中", { exact: true }).waitFor();
    await shopper.goto(`${shop.address}/category/sport-shoes`);
    await shopper.waitForTimeout(500);
    assert.equal(await offer(shopper, "运动周").count(), 0);
  });

  await steps.run("somebody who agrees gets it at once, with products and a way out", async () => {
    const said = await ask(shopper, "订阅优惠消息");
    assert.match(await said.innerText(), /已经为您订阅/);
    await shopper.goto(`${shop.address}/category/sport-shoes`);
    await offer(shopper, "运动周").waitFor();
    assert.equal(await offer(shopper, "运动周").locator(".reason").first().innerText(), "本次活动商品");
    assert.deepEqual(await barriersOf(shopper, "offer"), []);
    await shot(shopper, "campaign-offer");
  });

  await steps.run("one tap ends all of them, and says so", async () => {
    await shopper.locator("#xiaoer .questions button").filter({ hasText: "退订" }).last().click();
    await offer(shopper, "已经为您退订").waitFor();
    await shot(shopper, "campaign-unsubscribed");
  });

  await steps.run("the report has it all", async () => {
    await admin.getByRole("link", { name: "效果" }).click();
    await admin.getByRole("heading", { name: "真正带来的成交" }).waitFor();
    const row = admin.getByRole("row").filter({ hasText: "全部应发" });
    await row.waitFor();
    const cells = await row.getByRole("cell").allInnerTexts();
    assert.deepEqual([cells[1], cells[2], cells[5]], ["1", "1", "1"], cells.join(" "));
    await admin.locator(".chart svg").first().waitFor();
    assert.deepEqual(await barriersOf(admin, "report"), []);
    await shot(admin, "campaign-report");
  });

  await steps.run("agents see the profile beside the conversation", async () => {
    await ask(shopper, "转人工");
    const cases = await request(admin, "GET", "/api/desk/cases?view=waiting");
    await request(admin, "POST", `/api/desk/cases/${cases.cases[0].id}/claim`, {});
    await admin.goto(`${shop.address}/console/desk/${cases.cases[0].conversation_id}`);
    await admin.locator(".profile-head").click();
    await admin.locator(".side .profile").getByText("同意站内消息").waitFor();
    await admin.locator(".side").getByText(/运动周 · 站内消息/).waitFor();
    await admin.locator(".profile-head").scrollIntoViewIfNeeded();
    assert.deepEqual(await barriersOf(admin, "desk"), []);
    await shot(admin, "desk-profile");
  });

  await steps.run("all of it in the dark and on a phone", async () => {
    const phone = await atConsole({ viewport: { width: 390, height: 844 }, locale: "zh-CN", colorScheme: "dark", hasTouch: true });
    const { campaigns } = await request(phone, "GET", "/api/admin/campaigns");
    for (const [path, name, heading] of [
      ["segments", "segments-phone", "客户分群"],
      ["campaigns", "campaigns-phone", "营销活动"],
      [`campaigns/${campaigns[0].id}`, "campaign-phone", "运动周"],
      [`campaigns/${campaigns[0].id}/report`, "campaign-report-phone", "运动周"],
    ]) {
      await phone.goto(`${shop.address}/console/${path}`);
      await phone.getByRole("heading", { name: heading, exact: true }).waitFor();
      await phone.waitForFunction(() => !document.querySelector(".skeleton"));
      assert.deepEqual(await barriersOf(phone, name), []);
      const width = await phone.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(width <= 390, `${name} is ${width} wide`);
      await shot(phone, name);
    }
  });

  assert.deepEqual(faults, []);
  console.log(`campaigns: ${steps.passed} steps passed`);
} catch (error) {
  await shootAll(browser, "campaigns");
  throw error;
} finally {
  await browser.close();
  await shop.close();
}
