// What supervisors and admins do, and what a shopper sees while waiting and after: a real server, real browsers, axe on
// every page. Pictures lie in target/e2e.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { barriersOf, openBrowser, say, Shop, shootAll, shot as shoot, signIn, Steps, watcher } from "./harness.mjs";

const LONG = "非常长".repeat(60);

const shop = new Shop("supervisor");
const browser = await openBrowser();
const steps = new Steps();
const faults = [];
const barriers = [];
const watch = watcher(faults);
const step = (name, run) => steps.run(name, run);
const shot = (page, name) => shoot(page, `supervisor-${name}`);
const accessible = async (page, what) => barriers.push(...(await barriersOf(page, what)));

async function staff(name, secret, options = {}) {
  const page = await (await browser.newContext({ viewport: { width: 1360, height: 860 }, locale: "zh-CN", ...options })).newPage();
  page.setDefaultTimeout(10_000);
  page.on("pageerror", (error) => faults.push(`${name}: ${error.message}`));
  await page.goto(`${shop.address}/console`);
  await signIn(page, name, secret);
  await page.getByRole("navigation", { name: "主导航" }).waitFor();
  watch(page, name);
  return page;
}

async function openShop(options = {}) {
  const page = await shop.shopper(browser, watch, { timezoneId: "Asia/Shanghai", ...options });
  page.setDefaultTimeout(10_000);
  return page;
}

async function room(page, name) {
  await page.getByRole("navigation", { name: "主导航" }).getByRole("link", { name, exact: true }).click();
  await page.getByRole("heading", { name, level: 1 }).waitFor();
}

const box = (page, name) => page.getByRole("dialog", { name });

try {
  await shop.start();
  for (const [name, role] of [["xiaoli", "agent"], ["laosun", "supervisor"]]) shop.hire(name, role);
  const admin = await staff("admin", shop.password);
  const shopper = await openShop();

  await step("settings: closed all week, validated in Chinese", async () => {
    await room(admin, "设置");
    await accessible(admin, "settings");
    await shot(admin, "settings");
    const monday = admin.getByRole("group", { name: "周一" });
    await monday.getByRole("textbox", { name: /开始/ }).fill("25:00");
    await monday.getByText("请按 9:00 的格式填写").waitFor();
    await admin.getByRole("button", { name: "保存" }).click();
    await admin.getByText("有几处还没填对").waitFor();
    await shot(admin, "settings-wrong");
    await accessible(admin, "settings with an error");
    for (const day of ["周一", "周二", "周三", "周四", "周五", "周六", "周日"]) await admin.getByRole("group", { name: day }).getByRole("button", { name: /删除/ }).click();
    const words = admin.getByRole("group", { name: "标签" });
    await words.getByRole("textbox").fill(LONG.slice(0, 20));
    await words.getByRole("textbox").press("Enter");
    await admin.getByLabel("日期", { exact: true }).fill(new Date(Date.now() + 86_400_000 + 8 * 3_600_000).toISOString().slice(0, 10));
    await admin.getByRole("button", { name: "添加日期" }).click();
    const special = admin.getByRole("group", { name: /^\d{4}-/ });
    await special.getByRole("button", { name: /加时段/ }).click();
    await special.getByRole("textbox", { name: /开始/ }).fill("9:00");
    await special.getByRole("textbox", { name: /结束/ }).fill("22:00");
    await admin.getByRole("button", { name: "保存" }).click();
    await admin.getByText("没有未保存的修改").waitFor();
    await admin.getByText("休息中").waitFor();
  });

  await step("outside business hours: when people answer, and no more waiting", async () => {
    await say(shopper, "我要人工");
    await shopper.getByText(/我们 \d+\/\d+ 09:00 上班后回复您/).waitFor();
    await shot(shopper, "widget-ticket");
    await shopper.getByRole("button", { name: "取消等待" }).click();
    await shopper.getByRole("button", { name: "取消等待" }).waitFor({ state: "detached" });
  });

  await step("settings: open around the clock, agents claim", async () => {
    for (const day of ["周一", "周二", "周三", "周四", "周五", "周六", "周日"]) {
      const group = admin.getByRole("group", { name: day });
      await group.getByRole("button", { name: /加时段/ }).click();
      await group.getByRole("textbox", { name: /开始/ }).fill("0:00");
      await group.getByRole("textbox", { name: /结束/ }).fill("24:00");
    }
    await admin.getByRole("button", { name: /删除 \d{4}-\d\d-\d\d$/ }).click();
    await admin.locator(".el-switch", { hasText: "自动分配给客服" }).click();
    await admin.getByRole("button", { name: "保存" }).click();
    await admin.getByText("营业中").waitFor();
  });

  await step("the team: a group, a name, a capacity", async () => {
    await room(admin, "团队");
    await admin.getByRole("button", { name: "新建技能组" }).click();
    await admin.getByRole("dialog").getByRole("textbox").fill("售后");
    await admin.keyboard.press("Enter");
    await admin.locator(".team-group-row").getByText("售后", { exact: true }).waitFor();
    await admin.getByRole("button", { name: "修改 xiaoli" }).click();
    const form = box(admin, "修改 xiaoli");
    await form.getByLabel("昵称（顾客看到的）").fill("");
    await form.getByRole("button", { name: "保存" }).click();
    await form.getByText("请填 1 到 20 个字的昵称").waitFor();
    await form.getByLabel("昵称（顾客看到的）").fill("小李");
    await form.getByRole("checkbox", { name: "售后" }).press("Space");
    await accessible(admin, "agent form");
    await form.getByRole("button", { name: "保存" }).click();
    await form.waitFor({ state: "hidden" });
    await admin.getByRole("row", { name: /小李.*售后/ }).waitFor();
    await accessible(admin, "team");
    await shot(admin, "team");
  });

  await step("a rule by value and segment", async () => {
    await room(admin, "设置");
    await admin.locator(".tabs").getByRole("link", { name: "转人工规则" }).click();
    await admin.getByText("还没有规则").waitFor();
    await admin.getByRole("button", { name: "新建规则" }).click();
    const form = box(admin, "新建规则");
    await form.getByRole("button", { name: "保存" }).click();
    await form.getByText("请填规则名称").waitFor();
    await form.getByLabel("名称").fill("大额老客");
    await form.getByLabel("近 30 天最大一笔（元）").fill("2000");
    await form.getByRole("checkbox", { name: "忠实顾客" }).press("Space");
    await shot(admin, "rule");
    await accessible(admin, "rule form");
    await form.getByRole("button", { name: "保存" }).click();
    await form.waitFor({ state: "hidden" });
    await admin.getByText("¥2000").waitFor();
    await accessible(admin, "rules");
    await shot(admin, "rules");
  });

  const li = await staff("xiaoli", "xiaoli-password");
  const sun = await staff("laosun", "laosun-password");

  await step("who may see what", async () => {
    const rooms = (page) => page.getByRole("navigation", { name: "主导航" });
    assert.equal(await rooms(li).getByRole("link", { name: "现场" }).count(), 0);
    assert.equal(await rooms(sun).getByRole("link", { name: "报表" }).count(), 1);
    assert.equal(await rooms(sun).getByRole("link", { name: "设置" }).count(), 0);
    await li.goto(`${shop.address}/console/report`);
    await li.waitForURL(/console\/?$/);
  });

  const second = await openShop({ colorScheme: "dark", viewport: { width: 390, height: 800 } });
  await step("place in the queue", async () => {
    await say(shopper, "我要人工");
    await shopper.getByText("下一位就是您").waitFor();
    await say(second, "你们就是骗子，我要投诉到12315");
    await second.getByText(/前面还有 1 位|下一位就是您/).waitFor();
    await shot(second, "widget-waiting");
  });

  const live = sun.locator(".live-row");
  await step("the live list, riskiest first", async () => {
    await room(sun, "现场");
    await live.nth(1).waitFor();
    await live.first().getByText("风险词").waitFor();
    await accessible(sun, "live");
    await shot(sun, "live");
  });

  await step("an agent claims; the supervisor listens in unseen and whispers", async () => {
    await li.goto(`${shop.address}/console/desk`);
    await li.getByRole("tab", { name: /排队/ }).click();
    await li.locator(".case-row").nth(1).waitFor();
    await li.keyboard.press("Alt+ArrowDown");
    await li.keyboard.press("Alt+c");
    await live.getByText(/小李 接待/).waitFor();
    const row = sun.locator(".live-row", { hasText: "小李 接待" });
    await row.getByRole("button", { name: /旁听/ }).focus();
    await sun.keyboard.press("Enter");
    const drawer = sun.getByRole("dialog");
    await drawer.getByRole("log").waitFor();
    await drawer.getByRole("textbox").fill("先道歉，悄悄话九九");
    await sun.keyboard.press("Enter");
    await li.getByRole("log").getByText("悄悄话九九").waitFor();
    await accessible(sun, "listen");
    await shot(sun, "listen");
    await sun.keyboard.press("Escape");
    await drawer.waitFor({ state: "hidden" });
  });

  const claimed = await li.locator(".talk-head h2").innerText();
  const served = (await second.getByText("小李").count()) ? second : shopper;
  await step("the shopper sees name, typing and reading of the agent", async () => {
    await served.locator("#xiaoer .status.agent").getByText("小李").waitFor();
    await served.locator("#xiaoer .event").first().waitFor();
    await say(served, "人呢");
    await served.locator("#xiaoer .note.mine").getByText("已读").waitFor();
    await li.locator(".composer textarea").pressSequentially("马上");
    await served.locator("#xiaoer .dots").waitFor();
    await li.locator(".composer textarea").fill("马上给您处理");
    await li.keyboard.press("Enter");
    await served.locator("#xiaoer").getByText("马上给您处理").first().waitFor();
    assert.equal(await served.locator("#xiaoer .dots").count(), 0);
    await shot(served, "widget-agent");
  });

  await step("resolve; the shopper rates once, by keyboard", async () => {
    await li.keyboard.press("Alt+r");
    await li.getByRole("dialog").getByRole("radio").first().press("Enter");
    const form = served.getByRole("form", { name: "这次服务怎么样？" });
    await form.waitFor();
    await accessible(served, "rating");
    await form.getByRole("radio", { name: "已解决", exact: true }).focus();
    await served.keyboard.press("Space");
    await served.keyboard.press("Tab");
    await served.keyboard.press("Space");
    for (let star = 1; star < 4; star++) await served.keyboard.press("ArrowRight");
    assert.equal(await form.getByRole("radio", { name: "4 星" }).isChecked(), true);
    await shot(served, "widget-rating");
    await served.keyboard.press("Tab");
    await served.keyboard.type("挺好的");
    await served.keyboard.press("Enter");
    await served.locator("#xiaoer").getByText("感谢您的反馈").first().waitFor();
    await served.reload();
    await served.locator("#xiaoer").getByText("马上给您处理").first().waitFor();
    assert.equal(await form.count(), 0, "asked once");
  });

  await step("take over from the queue", async () => {
    await room(sun, "现场");
    await live.first().getByRole("button", { name: /接管/ }).click();
    await sun.getByRole("dialog").getByRole("button", { name: "接管" }).click();
    await sun.getByText(/已接管/).waitFor();
    const other = served === shopper ? second : shopper;
    await other.locator("#xiaoer .status.agent").waitFor();
  });

  await step("the report with comparison, definitions and CSV", async () => {
    await room(sun, "报表");
    await sun.locator(".chart-box svg").first().waitFor();
    await sun.getByRole("row", { name: /小李/ }).waitFor();
    await sun.getByText("至少转接过一次的会话").last().waitFor();
    await accessible(sun, "report");
    await shot(sun, "report");
    const [download] = await Promise.all([sun.waitForEvent("download"), sun.getByRole("link", { name: "导出 CSV" }).click()]);
    assert.match(readFileSync(await download.path(), "utf8"), /小李/);
    await sun.getByText("技能组", { exact: true }).first().click();
    await sun.getByRole("columnheader", { name: "技能组" }).waitFor();
    await sun.getByText("自定义").click();
    await sun.getByText("请选择开始和结束日期").waitFor();
    const today = new Date().toISOString().slice(0, 10);
    for (const name of ["开始日期", "结束日期"]) {
      await sun.getByLabel(name).fill(today);
    }
    await sun.locator(".report-table").waitFor();
    await accessible(sun, "report of a chosen range");
    await shot(sun, "report-group");
  });

  await step("quality: draw and score", async () => {
    await room(sun, "质检");
    await sun.getByText("还没有抽样").waitFor();
    await sun.getByRole("button", { name: "抽样" }).click();
    await accessible(sun, "draw");
    await box(sun, "抽样").getByRole("button", { name: "抽取" }).click();
    await sun.getByRole("row", { name: new RegExp(claimed) }).waitFor();
    await sun.getByRole("button", { name: /^评分/ }).click();
    const dialog = sun.getByRole("dialog");
    await dialog.getByRole("spinbutton").first().waitFor();
    await dialog.getByRole("button", { name: "保存" }).click();
    await dialog.getByText("请为这一项打分").first().waitFor();
    for (const field of await dialog.getByRole("spinbutton").all()) {
      await field.fill("5");
      await field.press("Tab");
    }
    await dialog.getByText("请为这一项打分").first().waitFor({ state: "detached" });
    await shot(sun, "score");
    await accessible(sun, "score");
    await dialog.getByRole("button", { name: "保存" }).click();
    await dialog.waitFor({ state: "hidden" });
    await sun.getByRole("row", { name: /laosun/ }).waitFor();
    await shot(sun, "quality");
    await accessible(sun, "quality");
  });

  await step("the inbox: adopt what an agent taught", async () => {
    const conversation = li.url().split("/").pop();
    const taught = await li.evaluate(async ([conversation]) => {
      const headers = { "Content-Type": "application/json", "X-Xiaoer-Csrf": "1" };
      const { messages } = await (await fetch(`/api/desk/conversations/${conversation}/messages`)).json();
      const answer = messages.find((one) => one.author === "bot");
      const body = JSON.stringify({ proposal: { question: "客服会说方言吗？", answer: "会的，您说方言也行。" } });
      return (await fetch(`/api/desk/conversations/${conversation}/turns/${answer.sequence}/teach`, { method: "POST", headers, body })).status;
    }, [conversation]);
    assert.equal(taught, 201);
    await room(admin, "学习收件箱");
    const card = admin.locator(".cluster", { hasText: "客服会说方言吗？" });
    await card.waitFor();
    await accessible(admin, "inbox");
    await shot(admin, "inbox");
    await card.getByRole("button", { name: /写成新问答/ }).click();
    await box(admin, "写成新问答").getByLabel("分类").fill("支付");
    await box(admin, "写成新问答").getByRole("button", { name: "存为草稿" }).click();
    await card.waitFor({ state: "detached" });
  });

  await step("a phone in the dark, and English", async () => {
    const phone = await staff("admin", shop.password, { viewport: { width: 390, height: 844 }, colorScheme: "dark" });
    for (const [path, heading] of [["live", "现场"], ["report", "报表"], ["quality", "质检"], ["team", "团队"], ["rules", "转人工规则"], ["settings", "服务设置"], ["inbox", "学习收件箱"]]) {
      await phone.goto(`${shop.address}/console/${path}`);
      await phone.getByRole("heading", { name: heading, level: 1 }).waitFor();
      await phone.locator(".skeleton").waitFor({ state: "detached" });
      if (path === "report") await phone.locator(".chart-box svg").first().waitFor();
      assert.equal(await phone.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, `${path} sticks out on a phone`);
      await accessible(phone, `${path} on a phone in the dark`);
      await shot(phone, `phone-${path}`);
    }
    await admin.getByRole("button", { name: "English" }).click();
    for (const [path, heading] of [["live", "Live"], ["report", "Reports"], ["settings", "Service settings"]]) {
      await admin.goto(`${shop.address}/console/${path}`);
      await admin.getByRole("heading", { name: heading, level: 1 }).waitFor();
      await shot(admin, `english-${path}`);
    }
  });

  for (const page of [shopper, second]) assert.equal(page.frames_seen.some((frame) => frame.includes("悄悄话九九")), false, "no whisper reaches a shopper");
  assert.deepEqual(barriers, [], "no barrier on any page");
  assert.deepEqual(faults, [], "no error in a browser");
  console.log(`supervisor: ${steps.passed} steps`);
} catch (error) {
  await shootAll(browser, "supervisor");
  if (faults.length || barriers.length) console.error(faults, barriers);
  throw error;
} finally {
  await browser.close();
  await shop.close();
}
