// Safe on the internet, in a real browser: a second step of signing in, pictures in answers, every page under its content
// security policy, and the widget under a shop's own. Pictures lie in target/e2e.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import { deflateSync, crc32 } from "node:zlib";
import { ask, barriersOf, openBrowser, request, Shop, shootAll, shot as shoot, signIn, Steps, watcher } from "./harness.mjs";

const shop = new Shop("safety");
const browser = await openBrowser();
const steps = new Steps();
const [faults, barriers] = [[], []];
// Refusals are part of this test; what a policy forbids is not.
const watch = watcher(faults, /status of 4\d\d/);
const step = (name, run) => steps.run(name, run);
const shot = (page, name) => shoot(page, `safety-${name}`);
const accessible = async (page, what) => void barriers.push(...(await barriersOf(page, what)));

/** The code of an authenticator (RFC 6238). */
function oneTimeCode(secret, at = Date.now()) {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...secret].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const hash = createHmac("sha1", key).update(step).digest();
  return String((hash.readUInt32BE(hash.at(-1) & 15) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** A PNG of one colour. */
function picture(side) {
  const chunk = (kind, data) => {
    const body = Buffer.concat([Buffer.from(kind), data]);
    const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    check.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, check]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(side, 0);
  head.writeUInt32BE(side, 4);
  head.set([8, 2], 8);
  const rows = Buffer.concat(Array.from({ length: side }, () => Buffer.concat([Buffer.from([0]), Buffer.alloc(3 * side, 90)])));
  return Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), chunk("IHDR", head), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0))]);
}

async function door(options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: "zh-CN", ...options });
  const page = await context.newPage();
  watch(page, "console");
  await page.goto(`${shop.address}/console`);
  return page;
}

/** A shop on another origin with a strict policy of its own. */
const foreignShop = createServer((_, answer) => {
  const kf = shop.address;
  const policy = `default-src 'none'; script-src 'nonce-shop'; style-src 'nonce-shop'; img-src ${kf}; connect-src ${kf} ${kf.replace("http", "ws")}; base-uri 'none'`;
  const html = `<!doctype html><html lang="zh-CN"><head><title>别的店</title></head><body><h1>别的店</h1><script src="${kf}/widget.js" data-site="demo" nonce="shop" defer></script></body></html>`;
  answer.writeHead(200, { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy }).end(html);
});
await new Promise((open) => foreignShop.listen(0, "127.0.0.1", open));
const foreign = `http://127.0.0.1:${foreignShop.address().port}`;

try {
  shop.environment.XIAOER_SERVER__ALLOWED_ORIGINS = `["${foreign}"]`;
  await shop.start();
  const admin = await door();
  await signIn(admin, "admin", shop.password);
  await admin.getByText("admin，您好").waitFor();
  let secret = "";
  let recovery = [];

  await step("a second step is turned on with a picture and a code", async () => {
    await admin.goto(`${shop.address}/console/account`);
    await admin.getByRole("heading", { name: "两步验证 未开启" }).waitFor();
    await admin.getByLabel("登录密码").fill(shop.password);
    await admin.getByRole("button", { name: "开启" }).click();
    await admin.getByRole("img", { name: "密钥的二维码" }).waitFor();
    secret = (await admin.getByRole("region", { name: "密钥" }).innerText()).trim();
    await admin.getByLabel("验证器上的 6 位验证码").fill("000000");
    await admin.getByRole("button", { name: "确认" }).click();
    await admin.getByText("验证码不对，或者已经用过").waitFor();
    await accessible(admin, "enrolment");
    await shot(admin, "enrolment");
    await admin.getByLabel("验证器上的 6 位验证码").fill(oneTimeCode(secret));
    await admin.getByRole("button", { name: "确认" }).click();
    const codes = admin.getByRole("region", { name: "恢复码" });
    await codes.waitFor();
    recovery = (await codes.innerText()).trim().split("\n");
    assert.equal(recovery.length, 10);
    await accessible(admin, "recovery codes");
    await shot(admin, "recovery-codes");
    await admin.getByRole("button", { name: "我已保存好" }).click();
    await admin.getByText("还剩 10 个恢复码").waitFor();
  });

  await step("signing in asks for it, on a phone in the dark", async () => {
    const phone = await door({ viewport: { width: 390, height: 844 }, colorScheme: "dark" });
    await signIn(phone, "admin", shop.password);
    const code = phone.getByLabel("验证器上的验证码，或一个恢复码");
    await code.waitFor();
    assert.equal(await code.evaluate((field) => field === document.activeElement), true, "the keyboard is there already");
    await accessible(phone, "the second step");
    await shot(phone, "second-step");
    await code.fill("123456");
    await phone.getByRole("button", { name: "登录" }).click();
    await phone.getByText("验证码不对，或者已经用过").waitFor();
    await code.fill(recovery[0]);
    await phone.getByRole("button", { name: "登录" }).click();
    await phone.getByText("admin，您好").waitFor();
    await phone.goto(`${shop.address}/console/account`);
    await phone.getByText("还剩 9 个恢复码").waitFor();
    const wide = await phone.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    assert.equal(wide, false, "nothing sticks out on a phone");
    await accessible(phone, "account on a phone");
    await shot(phone, "account-phone");
    await phone.context().close();
  });

  await step("a picture is uploaded into an answer and shown", async () => {
    const { items } = await request(admin, "GET", "/api/admin/faq/entries?limit=1");
    await admin.goto(`${shop.address}/console/knowledge/entries/${items[0].id}`);
    const chooser = admin.waitForEvent("filechooser");
    await admin.getByRole("button", { name: "上传图片" }).first().click();
    await (await chooser).setFiles({ name: "尺码表.png", mimeType: "image/png", buffer: picture(64) });
    const shown = admin.getByRole("img", { name: "尺码表" }).first();
    await shown.waitFor();
    await admin.waitForFunction(() => [...document.images].some((one) => one.alt === "尺码表" && one.naturalWidth === 64));
    await shot(admin, "picture");
  });

  await step("no page of the console breaks its policy", async () => {
    const rooms = ["", "desk", "search", "quick-replies", "knowledge", "knowledge/publish", "knowledge/versions", "knowledge/confusions", "knowledge/transfer", "try?text=退款多久到账", "try/batch", "inbox", "words", "products", "dashboard", "live", "report", "quality", "team", "settings", "settings/presentation", "rules", "settings/thresholds", "settings/widget", "settings/sessions", "settings/api-keys", "audit", "segments", "campaigns", "account"];
    for (const path of rooms) {
      await admin.goto(`${shop.address}/console/${path}`);
      await admin.getByRole("heading", { level: 1 }).first().waitFor();
      await admin.waitForFunction(() => !document.querySelector(".skeleton"));
    }
    await admin.goto(`${shop.address}/api/docs`);
    await admin.locator("#operations[aria-busy=false], #operations:not([aria-busy])").waitFor();
  });

  await step("the widget lives under a shop's own strict policy", async () => {
    const page = await (await browser.newContext({ viewport: { width: 1000, height: 760 }, locale: "zh-CN" })).newPage();
    watch(page, "another shop");
    await page.goto(foreign);
    await page.getByRole("button", { name: "打开客服聊天" }).click();
    await page.getByText("大家常问").waitFor();
    await ask(page, "退款多久到账");
    await ask(page, "推荐个保温杯");
    await shot(page, "foreign-shop");
    await page.context().close();
  });

  assert.deepEqual(faults, [], "no error in the browser");
  assert.deepEqual(barriers, [], "no barrier");
  console.log(`safety: ${steps.passed} steps passed`);
} catch (error) {
  await shootAll(browser, "safety");
  console.error(faults, barriers);
  throw error;
} finally {
  await browser.close();
  foreignShop.close();
  await shop.close();
}
