// The desk with a shopper and two agents side by side: a real server, real browsers. The server is killed in the
// middle, an agent's page is closed without a word, and at the end nothing is missing. Pictures lie in target/e2e.
import assert from "node:assert/strict";
import { barriersOf, freePort, openBrowser, request as ask, say, Shop, shootAll, shot as shoot, signIn, Steps, watcher } from "./harness.mjs";

// The server comes back where it was.
const shop = new Shop("desk", await freePort());
const browser = await openBrowser();
const steps = new Steps();
const faults = [];
// A server that is away is part of this test.
const watch = watcher(faults, /WebSocket|ERR_CONNECTION|net::|Failed to load resource/);
const step = (name, run) => steps.run(name, run);
const shot = (page, name) => shoot(page, `desk-${name}`);

/** No serious or critical violation on the page as it is. */
const accessible = async (page, what) => assert.deepEqual(await barriersOf(page, what), []);

/** Signs somebody in, in a browser profile of their own. */
async function staff(name, password, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 860 }, locale: "zh-CN", ...options });
  const page = await context.newPage();
  watch(page, name);
  await page.goto(`${shop.address}/console/desk`);
  await signIn(page, name, password);
  await page.getByRole("tab", { name: /我的/ }).waitFor();
  await page.locator("#case-rows").waitFor();
  return page;
}

const rows = (page) => page.locator(".case-row");
const composer = (page) => page.locator(".composer textarea");
const transcript = (page) => page.getByRole("log");

const heard = (page, text) => page.locator("#xiaoer").getByText(text).last().waitFor();

try {
  await shop.start();
  for (const [name, role] of [["xiaoli", "agent"], ["xiaowang", "agent"], ["laosun", "supervisor"]]) shop.hire(name, role);
  const admin = await staff("admin", shop.password);
  const { settings } = await ask(admin, "GET", "/api/desk/settings");
  const always = Array.from({ length: 7 }, () => [{ from: 0, to: 1440 }]);
  await ask(admin, "PUT", "/api/desk/settings", { ...settings, hours: { week: always, special: [] }, assign: false });
  const { agents } = await ask(admin, "GET", "/api/desk/agents");
  for (const [name, shown] of [["xiaoli", "小李"], ["xiaowang", "小王"], ["laosun", "老孙"]]) {
    await ask(admin, "PUT", `/api/desk/agents/${agents.find((one) => one.name === name).id}`, { display_name: shown, groups: [] });
  }
  await ask(admin, "POST", "/api/desk/quick-replies", { shortcut: "nh", title: "问候", text: "您好，我是{{agent}}，很高兴为您服务", products: [], shared: true });

  const li = await staff("xiaoli", "xiaoli-password");
  const wang = await staff("xiaowang", "xiaowang-password");
  const shopper = await shop.shopper(browser, watch);

  await step("an empty desk", async () => {
    await li.getByText("没有进行中的会话").waitFor();
    await shot(li, "empty");
    await accessible(li, "empty desk");
  });

  await step("我要人工 reaches the queue of both agents", async () => {
    await say(shopper, "电子发票在哪里下载");
    await heard(shopper, /订单详情|PDF/);
    await say(shopper, "我要人工");
    await shopper.getByText("正在等待人工").first().waitFor();
    for (const page of [li, wang]) {
      await page.locator('[data-counter="waiting"] b').getByText("1").waitFor();
      await page.getByRole("tab", { name: /排队/ }).click();
      await rows(page).first().waitFor();
    }
  });

  await step("claim by keyboard alone", async () => {
    await li.keyboard.press("Alt+ArrowDown");
    await transcript(li).getByText("电子发票在哪里下载").waitFor();
    await shot(li, "waiting");
    await wang.keyboard.press("Alt+ArrowDown");
    await li.getByText("小王").and(li.locator(".collision b")).waitFor();
    await li.keyboard.press("Alt+c");
    await heard(shopper, /小李/);
    await li.waitForFunction(() => document.activeElement?.matches(".composer textarea"));
    await wang.getByText("由 小李 接待").waitFor();
  });

  await step("a suggested answer, inserted and sent", async () => {
    await say(shopper, "退款多久到账");
    await li.locator(".proposals li").first().waitFor();
    await shot(li, "suggestions");
    await accessible(li, "conversation");
    await li.keyboard.press("Alt+1");
    await li.waitForFunction(() => document.querySelector(".composer textarea").value.includes("工作日"));
    await li.keyboard.press("Enter");
    await heard(shopper, /1-3 个工作日/);
    await li.locator(".said.agent").getByText(/1-3 个工作日/).first().waitFor();
  });

  await step("line 43: a number is masked at the desk until whoever has the conversation looks, and the record says so", async () => {
    await say(shopper, "电话13912345678，身份证11010519491231002X");
    const masked = transcript(li).getByText("电话139****5678，身份证110*************2X");
    await masked.waitFor();
    await li.locator(".proposals").getByText("没有把握够高的回答").waitFor();
    await wang.getByText("电话139****5678").first().waitFor();
    assert.equal(await wang.getByRole("button", { name: "显示完整号码" }).count(), 0, "not who only looks on");
    await shot(li, "masked");
    await accessible(li, "masked");
    await li.getByRole("button", { name: "显示完整号码" }).click();
    await transcript(li).getByText("电话13912345678，身份证11010519491231002X").waitFor();
    await masked.waitFor({ state: "detached" });
    await shot(li, "revealed");
    const { items } = await ask(admin, "GET", "/api/admin/audit?action=number_revealed");
    assert.deepEqual(items.map(({ actor }) => actor), ["xiaoli"]);
  });

  await step("line 41: a quick reply with its variable; no sending during a composition", async () => {
    await composer(li).fill("");
    await composer(li).pressSequentially("/nh");
    await li.getByRole("option").first().waitFor();
    await wang.getByText("正在输入回复").waitFor();
    await li.keyboard.press("Enter");
    assert.equal(await composer(li).inputValue(), "您好，我是小李，很高兴为您服务");
    await composer(li).dispatchEvent("keydown", { key: "Enter", code: "Enter", isComposing: true, bubbles: true });
    await composer(li).dispatchEvent("keydown", { key: "Enter", code: "Enter", keyCode: 229, bubbles: true });
    assert.equal(await composer(li).inputValue(), "您好，我是小李，很高兴为您服务");
    await li.keyboard.press("Shift+Enter");
    assert.match(await composer(li).inputValue(), /\n$/);
    await li.keyboard.press("Enter");
    await heard(shopper, "您好，我是小李，很高兴为您服务");
  });

  await step("a product card", async () => {
    await li.keyboard.press("Alt+p");
    const dialog = li.getByRole("dialog");
    await dialog.getByRole("searchbox").fill("保温杯");
    await dialog.getByRole("button", { name: /^添加：.*保温杯/ }).first().click();
    await li.keyboard.press("Escape");
    await dialog.waitFor({ state: "hidden" });
    await composer(li).fill("这款您看看");
    await li.keyboard.press("Enter");
    await shopper.locator("#xiaoer .card").getByText(/保温杯/).first().waitFor();
  });

  await step("a note names a colleague and never reaches the shopper", async () => {
    await li.keyboard.press("Alt+n");
    await composer(li).pressSequentially("顾客急着报销 @小王");
    await li.getByRole("option", { name: /小王/ }).waitFor();
    await li.keyboard.press("Enter");
    await composer(li).pressSequentially("内部暗号七七");
    await li.keyboard.press("Enter");
    await transcript(li).locator(".note").getByText("内部暗号七七").waitFor();
    await transcript(wang).locator(".note").getByText("内部暗号七七").waitFor();
    await shot(li, "note");
    await accessible(li, "note");
    await li.keyboard.press("Alt+n");
  });

  await step("why, and one tap teaches", async () => {
    await li.getByRole("button", { name: "为什么这么答" }).first().click();
    await li.getByRole("dialog").locator(".why li").first().waitFor();
    await shot(li, "why");
    await li.keyboard.press("Escape");
    await li.getByRole("button", { name: "这句答错了" }).first().click();
    await li.getByRole("dialog").getByRole("radio", { name: /^电子发票/ }).check();
    await accessible(li, "teach");
    await shot(li, "teach");
    await li.getByRole("button", { name: "提交" }).click();
    await li.getByText("已提交").waitFor();
    assert.equal((await ask(admin, "GET", "/api/desk/inbox")).items.length, 1);
  });

  await step("tags and search", async () => {
    await li.getByRole("button", { name: "退款", exact: true }).click();
    await li.locator(".tag[aria-pressed=true]").waitFor();
    await li.keyboard.press("Alt+/");
    await li.getByRole("searchbox").fill("发票");
    await li.keyboard.press("Enter");
    await li.locator(".found-list a").first().waitFor();
    await shot(li, "search");
    await accessible(li, "search");
    await li.locator(".found-list a").first().click();
    await transcript(li).locator(".found").waitFor();
  });

  await step("transfer to a colleague with a note", async () => {
    await li.keyboard.press("Alt+t");
    const dialog = li.getByRole("dialog");
    await dialog.getByRole("radio", { name: /小王/ }).check();
    await dialog.getByRole("textbox", { name: /备注/ }).fill("发票的事已经说过");
    await accessible(li, "transfer");
    await shot(li, "transfer");
    await dialog.getByRole("button", { name: "转接" }).click();
    await wang.locator(".said.agent").getByText("您好，我是小李").waitFor();
    await transcript(wang).getByText("发票的事已经说过").waitFor();
    await wang.getByRole("button", { name: "结束会话" }).waitFor();
    await composer(wang).fill("我是小王，接着帮您看");
    await wang.keyboard.press("Enter");
    await heard(shopper, "我是小王，接着帮您看");
  });

  let lost;
  await step("the server is killed and comes back; what was typed meanwhile arrives once", async () => {
    await composer(wang).fill("这句还没写完");
    await shop.end("SIGKILL");
    await wang.getByText("正在重新连接").waitFor();
    await composer(wang).fill("重启中写的一句");
    await wang.keyboard.press("Enter");
    await wang.getByText("正在发送…").waitFor();
    await shot(wang, "offline");
    await shop.start();
    await heard(shopper, "重启中写的一句");
    await wang.getByText("正在发送…").waitFor({ state: "detached" });
    await say(shopper, "收到了，谢谢");
    await transcript(wang).getByText("收到了，谢谢").waitFor();
    lost = await shopper.locator("#xiaoer .row").getByText("重启中写的一句").count();
    assert.equal(lost, 1, "once");
  });

  await step("an agent's page is gone: the conversation goes back and a colleague takes it", async () => {
    await li.goto(`${shop.address}/console/desk`);
    await wang.context().close();
    await li.locator('[data-counter="waiting"] b').getByText("1").waitFor({ timeout: 60_000 });
    await li.getByRole("tab", { name: /排队/ }).click();
    await rows(li).first().waitFor();
    await li.keyboard.press("Alt+ArrowDown");
    await transcript(li).getByText("我是小王，接着帮您看").waitFor();
    await li.keyboard.press("Alt+c");
    await li.getByRole("button", { name: "结束会话" }).waitFor();
    await composer(li).fill("我回来了");
    await li.keyboard.press("Enter");
    await heard(shopper, "我回来了");
  });

  const conversation = li.url().split("/").pop();
  await step("resolve with a reason; the shopper rates once", async () => {
    await li.keyboard.press("Alt+r");
    const dialog = li.getByRole("dialog");
    await dialog.getByRole("radio").first().waitFor();
    await shot(li, "resolve");
    await li.waitForFunction(() => document.activeElement?.matches("#resolve input"));
    await li.keyboard.press("ArrowDown");
    await li.keyboard.press("Enter");
    await dialog.waitFor({ state: "hidden" });
    await li.waitForFunction(() => document.activeElement !== document.body);
    assert.equal((await ask(li, "GET", "/api/desk/cases?view=ended")).cases[0].resolution, "已退款");
    await rate(shopper);
    await li.locator(".side").getByText("★★★★").first().waitFor();
    await shot(li, "rated");
  });

  await step("nothing is missing, and nothing internal ever reached the shopper", async () => {
    const { messages } = await ask(li, "GET", `/api/desk/conversations/${conversation}/messages`);
    assert.deepEqual(messages.map((one) => one.sequence), messages.map((_, index) => index + 1), "no hole");
    const texts = await shopper.locator("#xiaoer .row .bubble").allInnerTexts();
    for (const one of messages.filter((one) => one.author === "agent" && one.body.text)) {
      assert.equal(texts.filter((text) => text.includes(one.body.text.slice(0, 12))).length >= 1, true, one.body.text);
    }
    const frames = shopper.frames_seen.join("\n");
    assert.ok(shopper.frames_seen.length > 10);
    for (const secret of ["内部暗号七七", "发票的事已经说过", '"suggestions"', '"viewers"', '"confidence"', '"tags"']) assert.ok(!frames.includes(secret), secret);
  });

  await step("a supervisor takes over; a whisper", async () => {
    const sun = await staff("laosun", "laosun-password");
    await say(shopper, "我要人工");
    await li.getByRole("tab", { name: /排队/ }).click();
    await rows(li).first().click();
    await li.getByRole("button", { name: "接入" }).click();
    await li.getByRole("button", { name: "结束会话" }).waitFor();
    await sun.getByRole("tab", { name: /进行中/ }).click();
    await rows(sun).first().click();
    await sun.getByRole("button", { name: "悄悄话" }).click();
    await composer(sun).fill("先道歉");
    await sun.keyboard.press("Enter");
    await transcript(li).locator(".note.whisper").getByText("先道歉").waitFor();
    await shot(sun, "supervisor");
    await sun.keyboard.press("Alt+o");
    await sun.getByRole("button", { name: "接管" }).last().click();
    await composer(sun).fill("我是主管，交给我");
    await sun.keyboard.press("Enter");
    await heard(shopper, "我是主管，交给我");
    await sun.keyboard.press("Alt+r");
    const dialog = sun.getByRole("dialog", { name: /^结束/ });
    await sun.waitForFunction(() => document.activeElement?.matches("#resolve input"));
    await sun.keyboard.press("Enter");
    await dialog.waitFor({ state: "hidden" });
  });

  await step("quick replies, shortcuts, dark, phone", async () => {
    await li.goto(`${shop.address}/console/quick-replies`);
    await li.getByRole("button", { name: "新增快捷回复" }).click();
    const dialog = li.getByRole("dialog");
    await dialog.getByLabel("快捷码").fill("bz");
    await dialog.getByLabel("标题").fill("不着急");
    await dialog.getByLabel("内容").fill("{{name}}您好，马上为您处理");
    await accessible(li, "quick reply");
    await dialog.getByRole("button", { name: "保存" }).click();
    await li.getByText("/bz").waitFor();
    await shot(li, "quick-replies");
    await accessible(li, "quick replies");
    await li.goto(`${shop.address}/console/desk/${conversation}`);
    await transcript(li).getByText("我回来了").waitFor();
    await transcript(li).focus();
    await li.keyboard.press("?");
    await li.getByRole("dialog").getByText("键盘快捷键").waitFor();
    await shot(li, "shortcuts");
    await accessible(li, "shortcuts");
    await li.keyboard.press("Escape");
    await li.getByRole("dialog").waitFor({ state: "hidden" });
    await li.emulateMedia({ colorScheme: "dark" });
    await li.waitForFunction(() => document.documentElement.classList.contains("dark"));
    await shot(li, "dark");
    await accessible(li, "dark");
    await li.setViewportSize({ width: 390, height: 844 });
    await shot(li, "phone");
    assert.equal(await li.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, "nothing sticks out on a phone");
    await li.getByRole("link", { name: "返回列表" }).click();
    await li.locator(".cases").waitFor();
    await shot(li, "phone-list");
    await accessible(li, "phone");
  });

  assert.deepEqual(faults, [], "no error in the browsers");
  console.log(`desk: ${steps.passed} passed, 0 failed`);
} catch (error) {
  await shootAll(browser, "desk");
  if (faults.length) console.error(faults);
  throw error;
} finally {
  await browser.close();
  await shop.close();
}

/** 已解决 and four stars, in the widget. */
async function rate(page) {
  const form = page.locator("#xiaoer").getByRole("form", { name: "这次服务怎么样？" });
  await form.getByRole("radio", { name: "已解决" }).check();
  await form.getByRole("radio", { name: "4 星" }).check({ force: true });
  await form.getByRole("button", { name: "提交" }).click();
  await form.waitFor({ state: "detached" });
}
