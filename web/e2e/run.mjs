// The demo shop as a shopper and an admin see it: a real server, a real browser. Pictures of each step lie in
// target/e2e; set PICTURE=1 to renew the one of the README.
import assert from "node:assert/strict";
import { join } from "node:path";
import { ask, openBrowser, ROOT, Shop, shot, signIn, watcher } from "./harness.mjs";

async function shopper(browser, address) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
  const faults = [];
  watcher(faults)(page, "shopper");

  await page.goto(address);
  await page.getByRole("heading", { name: "大家都在买" }).waitFor();
  await shot(page, "home");
  await page.getByRole("button", { name: "打开客服聊天" }).click();
  await page.getByText("大家常问").waitFor();

  const expectations = [
    ["運費到底誰出", /退货|满 59 元包邮|运费险/],
    ["拍下三天了，连影儿都没有！", /发货|补偿/],
    ["电子发票在哪里下载", /订单详情|PDF/],
    ["退款多久到账", /1-3 个工作日/],
    ["抬头填错", /换开/],
  ];
  for (const [question, answer] of expectations) {
    const reply = await ask(page, question);
    assert.match(await reply.innerText(), answer, question);
  }
  const reply = await ask(page, "想买一双三百以内的跑步鞋");
  const prices = await reply.locator(".card .price").allInnerTexts();
  assert.ok(prices.length > 0, "product cards");
  for (const price of prices) assert.ok(Number(/¥([\d.]+)/.exec(price)[1]) <= 300, price);
  assert.match(await reply.locator(".card .reason").first().innerText(), /300 元以内/);
  await shot(page, "chat");
  if (process.env.PICTURE) await page.screenshot({ path: join(ROOT, "docs/chat.png") });

  const count = await page.locator("#xiaoer .row").count();
  await page.reload();
  await page.getByText("三百以内的跑步鞋").waitFor();
  assert.equal(await page.locator("#xiaoer .row").count(), count, "the history after a reload");

  const angry = await ask(page, "什么态度啊，太差劲了，没人管吗");
  assert.equal(await angry.locator(".card").count(), 0);
  await page.getByRole("button", { name: "转人工" }).first().click();
  await page.getByText("正在等待人工").first().waitFor();

  await page.getByRole("dialog").press("Escape");
  await page.getByRole("button", { name: "打开客服聊天" }).waitFor();
  await page.goto(`${address}/product/SS-001`);
  await page.getByRole("button", { name: "加入购物车" }).click();
  await page.getByRole("link", { name: /购物车\s*1/ }).waitFor();
  await shot(page, "product");
  await page.goto(`${address}/category/pets`);
  await page.getByRole("heading", { name: "宠物用品" }).waitFor();
  await page.goto(`${address}/search?q=${encodeURIComponent("保温杯")}`);
  await page.getByRole("heading", { name: /搜索结果/ }).waitFor();
  assert.deepEqual(faults, [], "no error in the browser");
  await page.close();
}

async function phoneInTheDark(browser, address) {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, colorScheme: "dark", isMobile: true, hasTouch: true });
  const page = await context.newPage();
  await page.goto(address);
  await page.getByRole("button", { name: "打开客服聊天" }).tap();
  await page.getByText("大家常问").waitFor();
  await ask(page, "推荐个保温杯");
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  assert.equal(wide, false, "nothing sticks out on a phone");
  await shot(page, "phone");
  await context.close();
}

async function admin(browser, address, password) {
  const page = await browser.newPage({ viewport: { width: 1100, height: 700 } });
  await page.goto(`${address}/console`);
  await signIn(page, "admin", "wrong password");
  await page.getByText("用户名或密码不对").waitFor();
  await page.getByLabel("密码", { exact: true }).fill(password);
  await page.getByRole("button", { name: "登录" }).click();
  await page.getByText("admin，您好").waitFor();
  await page.reload();
  await page.getByText("admin，您好").waitFor();
  await shot(page, "console");
  await page.getByRole("button", { name: "退出登录" }).click();
  await page.getByRole("button", { name: "登录" }).waitFor();
  await page.close();
}

/** How the faces travel: packed where a browser takes that, and the widget only where it is not there already. */
async function delivery(address) {
  const { 0: script } = /\/console\/assets\/[^"]+\.js/.exec(await (await fetch(`${address}/console/`)).text());
  const packed = await fetch(address + script);
  assert.equal(packed.headers.get("content-encoding"), "gzip");
  const plain = await fetch(address + script, { headers: { "accept-encoding": "identity" } });
  assert.equal(plain.headers.get("content-encoding"), null);
  assert.equal(await plain.text(), await packed.text(), "the same script, packed or not");

  const widget = await fetch(`${address}/widget.js`);
  assert.equal(widget.headers.get("content-encoding"), "gzip");
  const tag = widget.headers.get("etag");
  assert.equal((await fetch(`${address}/widget.js`, { headers: { "if-none-match": tag } })).status, 304);
}

const shop = new Shop("e2e");
const browser = await openBrowser();
try {
  await shop.start();
  await shopper(browser, shop.address);
  await phoneInTheDark(browser, shop.address);
  await admin(browser, shop.address, shop.password);
  await delivery(shop.address);
  console.log("browser: 4 passed, 0 failed");
} finally {
  await browser.close();
  await shop.close();
}
