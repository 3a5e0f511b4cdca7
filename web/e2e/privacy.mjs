// People's data, in real browsers: said before it is asked for, labelled, kept for a time, handed out and deleted by an
// admin and by the shopper. Pictures lie in target/e2e.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { ask, barriersOf, openBrowser, request, say, Shop, shootAll, shot as shoot, signIn, Steps, watcher } from "./harness.mjs";

const shop = new Shop("privacy");
const browser = await openBrowser();
const steps = new Steps();
const [faults, barriers] = [[], []];
// Before signing in nobody is signed in; a key that nobody has is not found; a broken line is part of this test.
const watch = watcher(faults, /status of 40[14]|ERR_FAILED/);
const step = (name, run) => steps.run(name, run);
const DESKTOP = { viewport: { width: 1280, height: 900 }, locale: "zh-CN", acceptDownloads: true };
const PHONE = { ...DESKTOP, viewport: { width: 390, height: 844 }, colorScheme: "dark" };

/** A page as it is now: no barrier, nothing that sticks out, a picture. */
async function seen(page, name) {
  barriers.push(...(await barriersOf(page, name)));
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, `${name} sticks out`);
  await shoot(page, `privacy-${name}`);
}

async function staff(name, password, options = DESKTOP) {
  const page = await (await browser.newContext(options)).newPage();
  watch(page, name);
  await page.goto(`${shop.address}/console`);
  await signIn(page, name, password);
  await page.getByText(`${name}，您好`).waitFor();
  return page;
}

/** The shopper signs in on the shop's page, and the server knows them. */
async function become(page, name) {
  await page.locator(".account summary").click();
  await page.getByRole("button", { name: `登录为 ${name}` }).click();
  for (let tries = 0; !page.frames_seen.some((frame) => frame.includes("identified_until")); tries++) {
    assert.ok(tries < 200, "the server knows the customer");
    await page.waitForTimeout(50);
  }
}

/** What a button hands out as a file. */
async function taken(page, button) {
  const download = page.waitForEvent("download");
  await page.getByText(button, { exact: true }).click();
  const file = await download;
  return { name: file.suggestedFilename(), data: JSON.parse(readFileSync(await file.path(), "utf8")) };
}

/** The page of somebody's data at the console. */
async function profileOf(page, person) {
  await page.goto(`${shop.address}/console/settings/personal-data`);
  await page.getByRole("textbox", { name: "客户编号" }).fill(person);
  await page.getByRole("button", { name: "打开档案" }).click();
  await page.getByRole("heading", { name: "客户档案" }).waitFor();
}

const bubbles = (page) => page.locator("#xiaoer .row:not(.mine)");

try {
  await shop.start();
  shop.hire("xiaoli", "agent");
  const admin = await staff("admin", shop.password);
  const li = await staff("xiaoli", "xiaoli-password");
  const { settings } = await request(admin, "GET", "/api/desk/settings");
  const always = Array.from({ length: 7 }, () => [{ from: 0, to: 1440 }]);
  await request(admin, "PUT", "/api/desk/settings", { ...settings, hours: { week: always, special: [] }, assign: false });
  const shopper = await shop.shopper(browser, watch, { viewport: { width: 1180, height: 860 }, acceptDownloads: true });

  await step("line 42: the notice stands before the first personal question", async () => {
    await bubbles(shopper).first().getByText(/聊天内容会保存.*隐私说明/s).waitFor();
    assert.equal(await shopper.locator("#xiaoer .mine").count(), 0, "before the first word");
    const notice = await ask(shopper, "隐私说明");
    for (const right of ["导出我的数据", "删除我的数据", "撤回同意", "不同意隐私说明"]) assert.match(await notice.innerText(), new RegExp(right));
    await seen(shopper, "notice");
    await become(shopper, "林岚");
    await ask(shopper, "帮我改一下收货地址");
    const asked = bubbles(shopper).filter({ hasText: "只用来办这件事" });
    if ((await asked.count()) === 0) await shopper.locator("#xiaoer .questions button").last().click();
    await asked.getByText(/收货地址[\s\S]*只用来办这件事/).waitFor();
    await ask(shopper, "不办了");
  });

  await step("line 46: answers carry the label 智能客服 for the shopper and for the agent", async () => {
    await ask(shopper, "退款多久到账");
    const labels = await bubbles(shopper).locator(".label").allInnerTexts();
    assert.equal(labels.length, await bubbles(shopper).count());
    assert.deepEqual([...new Set(labels)], ["智能客服"]);
    await say(shopper, "我要人工");
    await li.getByRole("link", { name: "会话", exact: true }).click();
    await li.getByRole("tab", { name: /排队/ }).click();
    await li.locator(".case-row").first().waitFor();
    await li.keyboard.press("Alt+ArrowDown");
    await li.getByText("退款多久到账").first().waitFor();
    const heads = await li.locator(".said.bot:not(.follows) header").allInnerTexts();
    assert.ok(heads.length > 0 && heads.every((head) => head.includes("智能客服")), heads.join(" | "));
    await seen(li, "desk");
  });

  await step("how long what is kept, and what is due", async () => {
    await admin.goto(`${shop.address}/console/settings/personal-data`);
    await admin.getByRole("row", { name: /会话消息与人工服务记录.*天/ }).waitFor();
    await admin.getByRole("button", { name: "看看现在到期的" }).click();
    await admin.getByText(/下次运行会删除 \d+ 行/).waitFor();
    await admin.getByRole("columnheader", { name: "现在到期" }).waitFor();
    await seen(admin, "retention");
  });

  await step("line 44: an admin exports one person and deletes them, with a report", async () => {
    await profileOf(admin, "没有这位");
    await admin.getByText("没有找到这位客户").waitFor();
    assert.equal(await admin.getByRole("button", { name: "删除全部数据" }).count(), 0);
    await seen(admin, "nobody");
    const { customers } = await request(admin, "GET", "/api/shop/demo-customers");
    await profileOf(admin, customers.find((one) => one.name === "林岚").id);
    await seen(admin, "profile");
    const { data } = await taken(admin, "导出");
    assert.match(JSON.stringify(data), /退款多久到账/);
    await admin.getByRole("button", { name: "删除全部数据" }).click();
    await admin.getByRole("dialog").getByText("不能恢复").waitFor();
    await seen(admin, "erase-sure");
    await admin.getByRole("dialog").getByRole("button", { name: "删除全部数据" }).click();
    await admin.getByRole("heading", { name: /已删除 [1-9]\d* 条/ }).waitFor();
    assert.ok(await admin.evaluate(() => document.activeElement.getAttribute("role") === "status"), "the keyboard is at the report");
    await seen(admin, "erased");
    await shopper.getByText("退款多久到账").waitFor({ state: "detached" });
    // The open chat begins anew, with somebody whom nobody knows.
    await shopper.getByText("大家常问").waitFor();
    await shopper.locator("#xiaoer .banner").waitFor({ state: "detached" });
    await ask(shopper, "满多少包邮");
    await seen(shopper, "begun-anew");
  });

  await step("line 4: a word of the shop that is no good is asked for anew once, and the chat goes on without it", async () => {
    const page = await (await browser.newContext(DESKTOP)).newPage();
    watch(page, "no good token");
    await page.goto(shop.address);
    await page.evaluate(() => {
      window.asked = [];
      Xiaoer.on("error", ({ code }) => {
        window.asked.push(code);
        Xiaoer("identify", "no better");
      });
      Xiaoer("open");
    });
    await page.getByText("大家常问").waitFor();
    await page.evaluate(() => Xiaoer("identify", "no good"));
    await page.waitForFunction(() => window.asked.length > 0);
    await ask(page, "满多少包邮");
    assert.deepEqual(await page.evaluate(() => window.asked), ["bad_identity"], "asked once");
    await page.locator("#xiaoer .banner").waitFor({ state: "detached" });
    await seen(page, "not-believed");
    await page.context().close();
  });

  await step("line 44: a shopper takes their data along and deletes them", async () => {
    const page = await (await browser.newContext(DESKTOP)).newPage();
    watch(page, "my data");
    await page.goto(`${shop.address}/my-data`);
    await page.getByText("还没有您的数据").waitFor();
    await seen(page, "my-data-none");
    await page.getByRole("button", { name: "打开客服聊天" }).click();
    await page.getByText("大家常问").waitFor();
    await ask(page, "满多少包邮");
    await page.getByRole("button", { name: "收起" }).click();
    await page.getByRole("button", { name: "下载我的数据" }).waitFor();
    await seen(page, "my-data");
    await page.route("**/my-data/export", (route) => route.abort());
    await page.getByRole("button", { name: "下载我的数据" }).click();
    await page.getByRole("alert").getByText("网络开小差了").waitFor();
    await seen(page, "my-data-no-line");
    await page.unroute("**/my-data/export");
    const { name, data } = await taken(page, "下载我的数据");
    assert.equal(name, "我的数据.json");
    assert.match(JSON.stringify(data), /满多少包邮/);
    await page.getByText("已下载到").waitFor();
    await page.getByRole("button", { name: "删除我的数据" }).click();
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "不删了", "the keyboard is at what does no harm");
    await seen(page, "my-data-sure");
    await page.setViewportSize(PHONE.viewport);
    await page.emulateMedia({ colorScheme: "dark" });
    await seen(page, "my-data-sure-phone");
    await page.getByRole("button", { name: "确认全部删除" }).click();
    await page.getByRole("heading", { name: /已经删除 [1-9]\d* 条/ }).waitFor();
    await seen(page, "my-data-gone-phone");
    await page.setViewportSize(DESKTOP.viewport);
    await page.emulateMedia({ colorScheme: "light" });
    await seen(page, "my-data-gone");
    await page.reload();
    await page.getByText("还没有您的数据").waitFor();
    await page.context().close();
    await admin.goto(`${shop.address}/console/settings/personal-data`);
    await admin.getByText(/顾客本人\s*删除 [1-9]\d* 条/).click();
    await admin.locator(".keep-erasures details[open]").getByText(/消息 \d/).waitFor();
    assert.equal(await admin.locator(".keep-erasures li").count(), 2, "the one of the console and the shopper's own");
    await seen(admin, "erasures");
  });

  await step("a phone in the dark", async () => {
    const phone = await staff("admin", shop.password, PHONE);
    await phone.goto(`${shop.address}/console/settings/personal-data`);
    await phone.getByRole("button", { name: "看看现在到期的" }).click();
    await phone.getByText(/下次运行会删除 \d+ 行/).waitFor();
    await seen(phone, "retention-phone");
    const { customers } = await request(phone, "GET", "/api/shop/demo-customers");
    const person = customers.find((one) => one.name === "周远").id;
    const guest = await shop.shopper(browser, watch, { viewport: { width: 1180, height: 860 } });
    await become(guest, "周远");
    await ask(guest, "我的订单到哪了");
    await profileOf(phone, person);
    await phone.getByRole("button", { name: "删除全部数据" }).waitFor();
    await seen(phone, "profile-phone");
    await phone.getByRole("button", { name: "删除全部数据" }).click();
    await phone.getByRole("dialog").getByRole("button", { name: "删除全部数据" }).click();
    await phone.getByRole("heading", { name: /已删除 [1-9]\d* 条/ }).waitFor();
    await seen(phone, "erased-phone");
  });

  assert.deepEqual(barriers, [], "no barrier on any page");
  assert.deepEqual(faults, [], "no error in a browser");
  console.log(`privacy: ${steps.passed} steps`);
} catch (error) {
  await shootAll(browser, "privacy");
  console.error(faults, barriers);
  throw error;
} finally {
  await browser.close();
  await shop.close();
}
