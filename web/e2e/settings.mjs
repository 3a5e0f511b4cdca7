// An admin's settings: a real server, real browsers. What is chosen is seen by a shopper at once, tried before it holds,
// and readable in every colour. Pictures lie in target/e2e.
import assert from "node:assert/strict";
import { ask, barriersOf, openBrowser, request, Shop, shootAll, shot as shoot, signIn, Steps, watcher } from "./harness.mjs";

const shop = new Shop("settings");
const browser = await openBrowser();
const steps = new Steps();
const [faults, barriers] = [[], []];
// A refusal is part of this test.
const watch = watcher(faults, /status of 4\d\d/);
const step = (name, run) => steps.run(name, run);
const shot = (page, name) => shoot(page, `settings-${name}`);
const accessible = async (page, what) => void barriers.push(...(await barriersOf(page, what)));

async function staff(name, password, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "zh-CN", permissions: ["clipboard-read", "clipboard-write"], ...options });
  const page = await context.newPage();
  watch(page, name);
  await page.goto(`${shop.address}/console`);
  await signIn(page, name, password);
  await page.getByText(`${name}，您好`).waitFor();
  return page;
}

const settled = (page) => page.waitForFunction(() => !document.querySelector(".skeleton"));
const room = (page, name) => page.getByRole("navigation", { name: "主导航" }).getByRole("link", { name, exact: true }).click();
const tab = (page, name) => page.locator(".tabs").getByRole("link", { name }).click();
const box = (page) => page.getByRole("dialog");
const slide = (page, name, percent) => page.getByLabel(name).first().evaluate((field, value) => {
  field.value = value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}, percent);

try {
  await shop.start();
  shop.hire("xiaoli", "agent");
  const admin = await staff("admin", shop.password);
  const shopper = await shop.shopper(browser, watch);
  for (const question of ["退款多久到账", "怎么申请七天无理由退货", "邮费谁出", "你们厂里招人吗", "发票", "你好"]) await ask(shopper, question);

  await step("another greeting and hot questions, as the shopper sees them", async () => {
    await room(admin, "设置");
    await tab(admin, "欢迎语");
    await admin.getByRole("textbox", { name: "欢迎语" }).fill("双十一快乐，小二在这里！");
    await admin.getByRole("textbox", { name: "新的热门问题" }).fill("量子力学讲的是什么");
    await admin.keyboard.press("Enter");
    await admin.getByRole("button", { name: "上移 量子力学讲的是什么" }).press("Enter");
    assert.equal(await admin.evaluate(() => document.activeElement.getAttribute("aria-label")), "上移 量子力学讲的是什么", "the keyboard goes along");
    await accessible(admin, "presentation");
    await admin.getByRole("button", { name: "保存" }).click();
    await admin.getByText("已保存，顾客马上就能看到").waitFor();
    await admin.getByText("小二现在答不上这句").waitFor();
    await shot(admin, "presentation");
    const fresh = await shop.shopper(browser, watch);
    await fresh.getByText("双十一快乐，小二在这里！").waitFor();
    await fresh.getByRole("button", { name: "量子力学讲的是什么" }).waitFor();
    await fresh.context().close();
  });

  await step("other lines, tried on what was really asked", async () => {
    await tab(admin, "回答门槛");
    await admin.getByRole("button", { name: "现在就试" }).click();
    await admin.getByText(/重放了 \d+ 次提问/).waitFor();
    await slide(admin, /^直接回答/, 99);
    await admin.getByRole("heading", { name: /会变的问题/ }).waitFor();
    await accessible(admin, "thresholds");
    await shot(admin, "thresholds");
    await admin.getByRole("button", { name: "保存" }).click();
    await admin.getByText("已保存，下一句话就按新门槛").waitFor();
    assert.equal((await request(admin, "GET", "/api/admin/settings/thresholds")).lines.answer, 0.99);
    await admin.getByRole("button", { name: "恢复默认" }).click();
    await admin.getByRole("button", { name: "保存" }).click();
    await admin.getByText("没有未保存的修改").waitFor();
  });

  await step("a colour for the widget, readable by day and by night, and the line that embeds it", async () => {
    await tab(admin, "聊天窗口");
    await admin.getByRole("textbox", { name: "颜色代码" }).fill("#ffe14d");
    await admin.getByText("这个颜色太浅").waitFor();
    await shot(admin, "widget-pale");
    await admin.getByRole("textbox", { name: "颜色代码" }).fill("#zzz");
    await admin.getByText("应当形如").waitFor();
    await admin.getByRole("button", { name: "选用 #1a56b0" }).click();
    await admin.getByLabel("左下角").check();
    await admin.getByText("这个颜色太浅").waitFor({ state: "detached" });
    await accessible(admin, "widget");
    await shot(admin, "widget");
    await admin.getByRole("button", { name: "保存" }).click();
    await admin.getByText("网页刷新后就是新样子").waitFor();
    await admin.getByRole("button", { name: "复制" }).click();
    assert.equal(await admin.evaluate(() => navigator.clipboard.readText()), `<script src="${shop.address}/widget.js" data-site="shop" data-locale="zh-CN" defer></script>`);
    for (const [colorScheme, name] of [["light", "day"], ["dark", "night"]]) {
      const page = await shop.shopper(browser, watch, { colorScheme });
      await ask(page, "满多少包邮");
      const mine = await page.locator("#xiaoer .mine .bubble").last().evaluate((one) => getComputedStyle(one).backgroundColor);
      if (name === "day") assert.equal(mine, "rgb(26, 86, 176)");
      await accessible(page, `widget in blue, ${name}`);
      await shot(page, `widget-shop-${name}`);
      await page.getByRole("button", { name: "收起" }).click();
      assert.ok((await page.getByRole("button", { name: "打开客服聊天" }).boundingBox()).x < 40, "on the left");
      await page.context().close();
    }
  });

  let key;
  await step("a key for another program: shown once, refused beyond its scopes, taken away", async () => {
    await tab(admin, "API 密钥");
    await admin.getByText("还没有密钥").waitFor();
    await admin.getByRole("button", { name: "新建密钥" }).click();
    await box(admin).getByRole("button", { name: "生成" }).click();
    await box(admin).getByText("请填名称").waitFor();
    await box(admin).getByLabel("名称").fill("进销存");
    await box(admin).getByRole("checkbox", { name: /^读商品/ }).press("Space");
    await accessible(admin, "new key");
    await shot(admin, "key-new");
    await box(admin).getByRole("button", { name: "生成" }).click();
    await box(admin).getByText("只显示这一次").waitFor();
    key = await box(admin).locator(".snippet").first().innerText();
    await accessible(admin, "key shown");
    await shot(admin, "key-shown");
    await box(admin).getByRole("button", { name: "已经存好" }).click();
    const status = (path) => fetch(shop.address + path, { headers: { authorization: `Bearer ${key}` } }).then((answer) => answer.status);
    assert.deepEqual([await status("/api/admin/products"), await status("/api/admin/faq/entries"), await status("/api/admin/staff")], [200, 403, 403]);
    await admin.reload();
    await admin.getByText("最近使用").waitFor();
    assert.equal((await admin.content()).includes(key), false);
    await accessible(admin, "keys");
    await shot(admin, "keys");
    await admin.getByRole("button", { name: "撤销 进销存" }).click();
    await box(admin).getByRole("button", { name: "撤销" }).click();
    await admin.getByText("还没有密钥").waitFor();
    assert.equal(await status("/api/admin/products"), 401);
  });

  await step("people: an account is added, gets another role, and is out", async () => {
    await tab(admin, "人员与角色");
    await admin.getByRole("button", { name: "新增账号" }).click();
    await box(admin).getByLabel("用户名（登录用）").fill("xiaozhao");
    await box(admin).getByLabel(/初始密码/).fill("xiaozhao-password");
    await accessible(admin, "new account");
    await shot(admin, "account-new");
    await box(admin).getByRole("button", { name: "新增" }).click();
    await admin.getByRole("row", { name: /xiaozhao.*重设密码/ }).waitFor();
    const zhao = await staff("xiaozhao", "xiaozhao-password");
    await zhao.getByRole("link", { name: "会话", exact: true }).click();
    await admin.getByLabel("xiaozhao 的角色").selectOption("supervisor");
    await box(admin).getByRole("button", { name: "确定" }).click();
    await zhao.getByText("登录已失效").waitFor({ timeout: 12_000 });
    await admin.getByRole("button", { name: "停用 xiaozhao" }).click();
    await box(admin).getByRole("button", { name: "确定" }).click();
    await admin.getByText("已停用").waitFor();
    await accessible(admin, "team");
    await shot(admin, "team");
    await zhao.context().close();
  });

  await step("sessions: an agent sees their own, an admin ends it", async () => {
    const li = await staff("xiaoli", "xiaoli-password");
    await li.locator(".top").getByRole("link", { name: "我的账号 xiaoli" }).click();
    await li.getByRole("row", { name: /当前/ }).waitFor();
    await li.getByLabel("原密码", { exact: true }).fill("wrong-password");
    await li.getByLabel(/^新密码/).fill("xiaoli-password-2");
    await li.getByLabel("再输一遍新密码").fill("xiaoli-password-2");
    await li.getByRole("button", { name: "修改密码" }).click();
    await li.getByText("原密码不对").waitFor();
    await accessible(li, "account");
    await shot(li, "account");
    await li.getByLabel("原密码", { exact: true }).fill("xiaoli-password");
    await li.getByRole("button", { name: "修改密码" }).click();
    await li.getByText("密码已修改").waitFor();
    await tab(admin, "登录会话");
    await admin.getByRole("heading", { name: "登录会话", level: 1 }).waitFor();
    await admin.getByRole("row", { name: /xiaoli/ }).waitFor();
    await accessible(admin, "sessions");
    await shot(admin, "sessions");
    await admin.getByRole("button", { name: /^结束 xiaoli/ }).click();
    await box(admin).getByRole("button", { name: "结束" }).click();
    await li.getByRole("textbox", { name: "用户名" }).waitFor({ timeout: 12_000 });
    await li.context().close();
  });

  await step("everything has left its row", async () => {
    await tab(admin, "操作记录");
    await admin.locator(".audit summary").first().waitFor();
    const { items } = await request(admin, "GET", "/api/admin/audit?limit=200");
    for (const action of ["shop_changed", "thresholds_put", "widget_look_put", "staff_changed"]) {
      const row = items.find((one) => one.action === action);
      assert.ok(row?.before && row.after, action);
    }
    for (const action of ["api_key_made", "staff_added", "password_changed"]) assert.ok(items.find((one) => one.action === action)?.after, action);
    for (const action of ["api_key_revoked", "session_ended"]) assert.ok(items.find((one) => one.action === action)?.before, action);
    assert.equal(JSON.stringify(items).includes(key), false);
    await shot(admin, "audit");
  });

  await step("a phone in the dark, and English", async () => {
    const phone = await staff("admin", shop.password, { viewport: { width: 390, height: 844 }, colorScheme: "dark" });
    for (const [path, heading] of [["settings", "服务设置"], ["settings/presentation", "欢迎语与热门问题"], ["settings/thresholds", "回答门槛"], ["settings/widget", "聊天窗口"], ["settings/sessions", "登录会话"], ["settings/api-keys", "API 密钥"], ["team", "团队"], ["account", "我的账号"], ["rules", "转人工规则"]]) {
      await phone.goto(`${shop.address}/console/${path}`);
      await phone.getByRole("heading", { name: heading, level: 1 }).waitFor();
      await settled(phone);
      if (path === "settings/thresholds") {
        await phone.getByRole("button", { name: "现在就试" }).click();
        await phone.getByText(/重放了 \d+ 次提问/).waitFor();
      }
      assert.equal(await phone.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, `${path} sticks out on a phone`);
      await accessible(phone, `${path} on a phone in the dark`);
      await phone.screenshot({ path: `${new URL("../../target/e2e", import.meta.url).pathname}/settings-phone-${path.replace("/", "-")}.png`, fullPage: true });
    }
    await admin.getByRole("button", { name: "English" }).click();
    await tab(admin, "Answer lines");
    await admin.getByRole("heading", { name: "Answer lines", level: 1 }).waitFor();
    await shot(admin, "english");
  });

  assert.deepEqual(barriers, [], "no barrier on any page");
  assert.deepEqual(faults, [], "no error in a browser");
  console.log(`settings: ${steps.passed} steps`);
} catch (error) {
  await shootAll(browser, "settings");
  if (faults.length || barriers.length) console.error(faults, barriers);
  throw error;
} finally {
  await browser.close();
  await shop.close();
}
