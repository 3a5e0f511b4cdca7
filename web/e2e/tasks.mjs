// Tasks in conversation, in the widget: a newcomer signs in to the demo shop and has something done.
import assert from "node:assert/strict";
import { barriersOf, openBrowser, say, Shop, shootAll, shot, Steps, watcher } from "./harness.mjs";

const shop = new Shop("tasks");
const browser = await openBrowser();
const steps = new Steps();
const faults = [];

/** Says something and returns the reply once it is there. */
async function ask(page, text) {
  const before = await page.locator("#xiaoer .row:not(.mine)").count();
  await say(page, text);
  return reply(page, before);
}

/** Taps a button under a reply and returns the next one. */
async function tap(page, name) {
  const before = await page.locator("#xiaoer .row:not(.mine)").count();
  await page.locator("#xiaoer .questions button").filter({ hasText: name }).last().click();
  return reply(page, before);
}

async function reply(page, before) {
  await page.waitForFunction((count) => {
    const root = document.querySelector("#xiaoer").shadowRoot;
    return root.querySelectorAll(".row:not(.mine) .bubble:not(.dots)").length > count && !root.querySelector(".dots");
  }, before);
  return page.locator("#xiaoer .row:not(.mine)").last().innerText();
}

/** Signs in on the shop's page. */
async function signInAs(page, name) {
  await page.locator(".account summary").click();
  await page.getByRole("button", { name: `登录为 ${name}` }).click();
  await page.locator(".account summary").getByText(name).waitFor();
}

/** Waits until the server has said that it knows the customer. */
async function identified(page) {
  for (let tries = 0; !page.frames_seen.some((frame) => frame.includes("identified_until")); tries++) {
    assert.ok(tries < 200, "the server knows the customer");
    await page.waitForTimeout(50);
  }
}

try {
  await shop.start();
  const page = await shop.shopper(browser, watcher(faults), { viewport: { width: 1180, height: 860 } });

  await steps.run("nobody sees an order without signing in", async () => {
    const answer = await ask(page, "我的订单到哪了");
    assert.match(answer, /登录/);
    assert.match(answer, /转人工/);
    await shot(page, "tasks-signed-out");
  });

  await steps.run("signed in, one says which of several orders is meant by a tap", async () => {
    await signInAs(page, "林岚");
    await identified(page);
    assert.match(await tap(page, "我的订单到哪了"), /想查哪一个/);
    await shot(page, "tasks-orders");
    const card = await tap(page, "空气炸锅");
    assert.match(card, /运输中[\s\S]*顺丰速运[\s\S]*杭州转运中心/);
    await shot(page, "tasks-status");
  });

  await steps.run("an address is changed after a question in between and a yes", async () => {
    assert.match(await ask(page, "帮我改一下收货地址"), /新的收货地址/);
    assert.match(await ask(page, "满多少包邮？"), /包邮[\s\S]*还没办完[\s\S]*新的收货地址|包邮[\s\S]*接着办[\s\S]*新的收货地址/);
    assert.match(await ask(page, "上海市徐汇区漕溪路 9 号 1201 室"), /请您核对[\s\S]*漕溪路/);
    await shot(page, "tasks-confirm");
    assert.match(await tap(page, "确认"), /改好了[\s\S]*漕溪路/);
  });

  await steps.run("things are sent back", async () => {
    assert.match(await ask(page, "我要退货"), /原因/);
    assert.match(await tap(page, "不喜欢"), /请您核对[\s\S]*退货/);
    assert.match(await tap(page, "确认"), /服务单号/);
  });

  await steps.run("the refund's progress", async () => {
    assert.match(await ask(page, "查退款进度"), /哪一个/);
    assert.match(await tap(page, "充电宝"), /银行处理中/);
  });

  await steps.run("an invoice, with the address that the shop knows", async () => {
    await ask(page, "帮我开发票");
    assert.match(await ask(page, "昨天买的"), /个人抬头/);
    assert.match(await tap(page, "个人"), /抬头写什么/);
    assert.match(await ask(page, "林岚"), /linlan@example\.com/);
    assert.match(await tap(page, "确认"), /发票申请好了/);
  });

  await steps.run("coupons, and the difference to a lower price", async () => {
    assert.match(await ask(page, "我有哪些优惠券"), /满 200 减 30/);
    assert.match(await ask(page, "申请价保"), /20 元/);
    assert.match(await tap(page, "算了"), /不办|停下来/);
    assert.match(await ask(page, "申请价保"), /20 元/);
    assert.match(await tap(page, "确认"), /差价/);
    await shot(page, "tasks-done");
  });

  await steps.run("another customer in the same browser sees nothing of the first", async () => {
    await signInAs(page, "周远");
    await page.waitForFunction(() => !document.querySelector("#xiaoer").shadowRoot.textContent.includes("漕溪路"));
    const answer = await ask(page, "我的订单到哪了");
    assert.match(answer, /圆通速递/);
    assert.equal(await page.locator("#xiaoer").getByText("空气炸锅").count(), 0);
    await page.reload();
    await page.getByText("圆通速递").first().waitFor();
    assert.match(await ask(page, "查订单"), /圆通速递/);
  });

  await steps.run("the sign-in has no barriers", async () => {
    await page.locator(".account summary").click();
    assert.deepEqual(await barriersOf(page, "sign-in"), []);
    await shot(page, "tasks-account");
  });

  assert.deepEqual(faults, [], "no error in the browser");
  console.log(`tasks: ${steps.passed} passed, 0 failed`);
} catch (error) {
  await shootAll(browser, "tasks");
  throw error;
} finally {
  await browser.close();
  await shop.close();
}
