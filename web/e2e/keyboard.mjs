// An agent without a mouse: every action of a working day by keyboard alone, and a list of 5,000 conversations. A real
// server, real browsers; a click anywhere in the agent's page is a failure. Pictures lie in target/e2e.
import assert from "node:assert/strict";
import { barriersOf, openBrowser, request as ask, say, Shop, shootAll, shot as shoot, signIn, Steps, watcher } from "./harness.mjs";

const MANY = Number(process.env.MANY ?? 5000);
const shop = new Shop("keyboard");
// All shoppers of this test come from one address.
for (const limit of ["SOCKETS_OF_ADDRESS", "MESSAGES_OF_ADDRESS_IN_60_S", "VISITORS_OF_ADDRESS_IN_60_S", "REQUESTS_OF_ADDRESS_IN_60_S"]) shop.environment[`XIAOER_LIMITS__${limit}`] = "1000000";
const browser = await openBrowser();
const steps = new Steps();
const faults = [];
// Whoever opens the console is asked who they are first.
const watch = watcher(faults, /status of 401/);
const step = (name, run) => steps.run(name, run);
const shot = (page, name) => shoot(page, `keyboard-${name}`);
const accessible = async (page, what) => assert.deepEqual(await barriersOf(page, what), []);

async function open(options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 860 }, locale: "zh-CN", ...options });
  const page = await context.newPage();
  return page;
}

/** Counts what a mouse or a finger would do. */
const watchMouse = (page) => page.addInitScript(() => {
  globalThis.clicked = [];
  for (const kind of ["mousedown", "pointerdown", "touchstart"]) addEventListener(kind, (event) => globalThis.clicked.push(`${kind} ${event.target.outerHTML?.slice(0, 80)}`), true);
});

const focused = (page) => page.evaluate(() => {
  const one = document.activeElement;
  return (one?.getAttribute("aria-label") ?? one?.labels?.[0]?.innerText ?? one?.innerText ?? "").trim();
});

/** Presses Tab until something of this name has the focus. */
async function tabTo(page, name, key = "Tab", most = 80) {
  for (let pressed = 0; pressed < most; pressed++) {
    await page.keyboard.press(key);
    if (name.test(await focused(page))) return;
  }
  throw new Error(`${name} is not reached by ${key}; the focus is on ${await focused(page)}`);
}

const composerHasFocus = (page) => page.waitForFunction(() => document.activeElement?.matches(".composer textarea"));
const written = (page) => page.evaluate(() => document.querySelector(".composer textarea").value);
const transcript = (page) => page.getByRole("log");
const heard = (page, text) => page.locator("#xiaoer").getByText(text).last().waitFor();
const box = (page) => page.getByRole("dialog");

try {
  await shop.start();
  for (const [name, role] of [["xiaoli", "agent"], ["xiaowang", "agent"]]) shop.hire(name, role);
  const admin = await open();
  await admin.goto(`${shop.address}/console/desk`);
  await signIn(admin, "admin", shop.password);
  await admin.locator("#case-rows").waitFor();
  const { settings } = await ask(admin, "GET", "/api/desk/settings");
  const always = Array.from({ length: 7 }, () => [{ from: 0, to: 1440 }]);
  await ask(admin, "PUT", "/api/desk/settings", { ...settings, hours: { week: always, special: [] }, assign: false, capacity: 20 });
  await ask(admin, "POST", "/api/desk/quick-replies", { shortcut: "nh", title: "问候", text: "您好，我是{{agent}}", products: [], shared: true });
  // A colleague is there, to be named and to be handed over to.
  const wang = await open();
  await wang.goto(`${shop.address}/console/desk`);
  await signIn(wang, "xiaowang", "xiaowang-password");
  await wang.locator("#case-rows").waitFor();

  const li = await open();
  watch(li, "xiaoli");
  await watchMouse(li);
  const shopper = await shop.shopper(browser, watch);

  await step("signs in", async () => {
    await li.goto(`${shop.address}/console/desk`);
    await li.getByRole("heading", { name: "小二后台" }).waitFor();
    await tabTo(li, /^用户名/);
    await li.keyboard.type("xiaoli");
    await li.keyboard.press("Tab");
    await li.keyboard.type("xiaoli-password");
    await li.keyboard.press("Enter");
    await li.locator("#case-rows").waitFor();
  });

  await step("says that they are there, or away", async () => {
    await li.getByRole("switch").waitFor({ state: "attached" });
    await tabTo(li, /^在线状态/);
    const before = await li.getByRole("switch").isChecked();
    for (const now of [!before, before]) {
      await li.keyboard.press("Space");
      await li.waitForFunction((on) => (document.querySelector(".me [role=switch]").getAttribute("aria-checked") === "true") === on, now);
    }
  });

  await step("finds the queue, looks into a conversation and takes it", async () => {
    await say(shopper, "我要人工");
    await li.locator('[data-counter="waiting"] b').getByText("1").waitFor();
    await li.keyboard.press("Alt+l");
    assert.match(await focused(li), /^我的/, "an empty list has its tab");
    await li.keyboard.press("ArrowRight");
    await li.keyboard.press("Enter");
    await li.locator(".case-row").first().waitFor();
    await li.keyboard.press("Alt+ArrowDown");
    await transcript(li).getByText("我要人工").waitFor();
    await li.keyboard.press("Alt+c");
    await composerHasFocus(li);
    await accessible(li, "a conversation");
  });

  await step("answers", async () => {
    await li.keyboard.type("您好，请讲");
    await li.keyboard.press("Enter");
    await heard(shopper, "您好，请讲");
  });

  await step("inserts a suggested answer, changes it, sends it; sends another as it is", async () => {
    await say(shopper, "退款多久到账");
    await li.locator(".proposals li").first().waitFor();
    await li.keyboard.press("Alt+1");
    await li.waitForFunction(() => document.querySelector(".composer textarea").value.includes("工作日"));
    await li.keyboard.type("（改过）");
    await li.keyboard.press("Enter");
    await heard(shopper, /（改过）/);
    await say(shopper, "电子发票在哪里下载");
    await li.locator(".proposals li", { hasText: "发票" }).first().waitFor();
    await shot(li, "suggestions");
    await li.keyboard.press("Alt+Shift+Digit1");
    await heard(shopper, /订单详情|PDF/);
    await composerHasFocus(li);
  });

  await step("a quick reply", async () => {
    await li.keyboard.type("/nh");
    await li.getByRole("option").first().waitFor();
    await li.keyboard.press("Enter");
    assert.equal(await written(li), "您好，我是xiaoli");
    await li.keyboard.press("Enter");
    await heard(shopper, "您好，我是xiaoli");
  });

  await step("a note that names a colleague", async () => {
    await li.keyboard.press("Alt+n");
    await li.keyboard.type("请看一下 @xiaow");
    await li.getByRole("option", { name: /xiaowang/ }).waitFor();
    await li.keyboard.press("Enter");
    await li.keyboard.type("内部的话");
    await li.keyboard.press("Enter");
    await transcript(li).locator(".note").getByText("内部的话").waitFor();
    await wang.locator(".el-message").getByText(/内部的话/).waitFor();
    await accessible(li, "a note");
    await li.keyboard.press("Alt+n");
  });

  await step("a product card", async () => {
    await li.keyboard.press("Alt+p");
    await box(li).getByRole("searchbox").waitFor();
    await li.waitForFunction(() => document.activeElement?.matches("[role=dialog] input[type=search]"));
    await li.keyboard.type("保温杯");
    await box(li).getByRole("button", { name: /^添加：.*保温杯/ }).first().waitFor();
    await tabTo(li, /^添加：.*保温杯/);
    await li.keyboard.press("Enter");
    await li.keyboard.press("Escape");
    await box(li).waitFor({ state: "hidden" });
    await li.keyboard.press("Alt+m");
    await composerHasFocus(li);
    await li.keyboard.type("这款您看看");
    await li.keyboard.press("Enter");
    await shopper.locator("#xiaoer .card").getByText(/保温杯/).first().waitFor();
  });

  await step("a tag of their own, and one of the shop's", async () => {
    await li.keyboard.press("Alt+g");
    await li.waitForFunction(() => document.activeElement?.id === "new-tag");
    await li.keyboard.type("急");
    await li.keyboard.press("Enter");
    await li.locator(".tag[aria-pressed=true]", { hasText: "急" }).waitFor();
    await tabTo(li, /^退款$/, "Shift+Tab");
    await li.keyboard.press("Space");
    await li.locator(".tag[aria-pressed=true]", { hasText: "退款" }).waitFor();
  });

  await step("why the assistant said so, and what would have been right", async () => {
    await tabTo(li, /^为什么这么答$/, "Shift+Tab", 120);
    await li.keyboard.press("Enter");
    await box(li).locator(".why li").first().waitFor();
    await accessible(li, "why");
    await li.keyboard.press("Escape");
    await box(li).waitFor({ state: "hidden" });
    assert.match(await focused(li), /为什么这么答/, "the focus comes back");
    await li.keyboard.press("Tab");
    assert.match(await focused(li), /这句答错了/);
    await li.keyboard.press("Enter");
    await box(li).getByRole("radio").nth(1).waitFor();
    await li.waitForFunction(() => document.activeElement?.matches("#teach input[type=search]"));
    await li.keyboard.press("Tab");
    await li.waitForFunction(() => document.activeElement?.type === "radio");
    await li.keyboard.press("Space");
    await accessible(li, "teach");
    await tabTo(li, /^提交$/);
    await li.keyboard.press("Enter");
    await li.getByText("已提交").waitFor();
  });

  const second = await shop.shopper(browser, watch);
  await step("several conversations: one more is taken, to and fro, and to the one that waits", async () => {
    await say(second, "转人工，我是第二位");
    await li.locator('[data-counter="waiting"] b').getByText("1").waitFor();
    await box(li).waitFor({ state: "hidden" });
    await li.keyboard.press("Alt+l");
    for (let pressed = 0; pressed < 6 && !(await focused(li)).startsWith("我的"); pressed++) await li.keyboard.press("Shift+Tab");
    await li.keyboard.press("ArrowRight");
    await li.keyboard.press("Enter");
    await li.locator(".case-row", { hasText: "先别关闭窗口" }).waitFor();
    await li.keyboard.press("Tab");
    await li.keyboard.press("Enter");
    await transcript(li).getByText("我是第二位").waitFor();
    await li.keyboard.press("Alt+c");
    await composerHasFocus(li);
    await li.locator('[data-counter="mine"] b').getByText("2").waitFor();
    const first = li.url();
    await li.keyboard.press("Alt+ArrowDown");
    await li.waitForFunction((url) => location.href !== url, first);
    await li.keyboard.press("Alt+ArrowUp");
    await li.waitForFunction((url) => location.href === url, first);
    await say(shopper, "还在吗");
    await li.locator(".case-row:not(.chosen) .count").waitFor();
    await li.keyboard.press("Alt+u");
    await transcript(li).getByText("还在吗").waitFor();
  });

  await step("hands over to a colleague, with a note", async () => {
    await li.keyboard.press("Alt+t");
    await li.waitForFunction(() => document.activeElement?.matches("#transfer input[type=search]"));
    await li.keyboard.type("xiaowang");
    await box(li).getByRole("radio", { name: /xiaowang/ }).waitFor();
    await tabTo(li, /xiaowang/);
    await li.keyboard.press("Space");
    await li.keyboard.press("Tab");
    await li.keyboard.type("麻烦接着看");
    await accessible(li, "transfer");
    await tabTo(li, /^转接$/);
    await li.keyboard.press("Enter");
    await wang.locator(".case-row").first().waitFor();
    await box(li).waitFor({ state: "hidden" });
    await li.locator('[data-counter="mine"] b').getByText("1").waitFor();
  });

  await step("ends a conversation with a reason", async () => {
    await li.keyboard.press("Alt+l");
    await li.keyboard.press("Enter");
    await transcript(li).getByText("我是第二位").waitFor();
    await li.keyboard.press("Alt+r");
    await li.waitForFunction(() => document.activeElement?.matches("#resolve input"));
    await li.keyboard.press("ArrowDown");
    await li.keyboard.press("Enter");
    await box(li).waitFor({ state: "hidden" });
    await li.locator('[data-counter="mine"] b').getByText("0").waitFor();
    assert.equal((await ask(li, "GET", "/api/desk/cases?view=ended")).cases[0].resolution, "已退款");
    await li.waitForFunction(() => document.activeElement !== document.body);
  });

  await step("searches, and goes to what was found", async () => {
    await li.keyboard.press("Alt+/");
    await li.getByRole("searchbox").waitFor();
    await li.waitForFunction(() => document.activeElement?.matches("input[type=search]"));
    await li.keyboard.type("第二位");
    await li.keyboard.press("Enter");
    await li.locator(".found-list a").first().waitFor();
    await accessible(li, "search");
    await tabTo(li, /第二位/);
    await li.keyboard.press("Enter");
    await transcript(li).getByText("我是第二位").waitFor();
  });

  await step("the list of shortcuts", async () => {
    await li.keyboard.press("Alt+l");
    await li.keyboard.press("?");
    await box(li).getByText("键盘快捷键").waitFor();
    await accessible(li, "shortcuts");
    await shot(li, "shortcuts");
    await li.keyboard.press("Escape");
    await box(li).waitFor({ state: "hidden" });
  });

  await step("no mouse was needed", async () => {
    assert.deepEqual(await li.evaluate(() => globalThis.clicked), []);
  });

  await step(`${MANY} shoppers wait for a person`, async () => {
    const crowd = await open();
    // A page that may open sockets, as what is no page may not.
    await crowd.goto(`${shop.address}/cart`);
    await crowd.evaluate(async (many) => {
      const one = (number) => new Promise((resolve, reject) => {
        const socket = new WebSocket(`ws://${location.host}/ws/chat`, "xiaoer.v1");
        socket.onerror = () => reject(new Error(`shopper ${number}`));
        socket.onopen = () => socket.send(JSON.stringify({ type: "hello", last_sequence: 0 }));
        socket.onmessage = ({ data }) => {
          const { type } = JSON.parse(data);
          if (type === "welcome") socket.send(JSON.stringify({ type: "say", client_id: "1", text: `转人工，我是第 ${number} 位` }));
          if (type === "ack") {
            socket.close();
            resolve();
          }
        };
      });
      let next = 0;
      await Promise.all(Array.from({ length: 8 }, async () => {
        while (next < many) await one(++next);
      }));
    }, MANY);
    await crowd.context().close();
    await li.locator('[data-counter="waiting"] b').getByText(String(MANY)).waitFor({ timeout: 120_000 });
  });

  await step("the list scrolls through all of them; only what is in sight is drawn, and frames keep coming", async () => {
    await li.keyboard.press("Alt+l");
    for (let pressed = 0; pressed < 8 && !(await focused(li)).startsWith("排队"); pressed++) {
      const name = await focused(li);
      await li.keyboard.press(/^(我的|排队|进行中|已结束)/.test(name) ? "ArrowRight" : "Shift+Tab");
    }
    await li.keyboard.press("Enter");
    await li.locator(".case-row").nth(3).waitFor();
    await li.keyboard.press("Tab");
    const scrolled = await li.evaluate(async (many) => {
      const list = document.querySelector(".case-rows");
      const frames = [];
      let [most, seen, last] = [0, 0, performance.now()];
      const begun = last;
      while (seen < many && last - begun < 120_000) {
        list.scrollTop += 600;
        await new Promise(requestAnimationFrame);
        const now = performance.now();
        frames.push(now - last);
        last = now;
        most = Math.max(most, list.querySelectorAll("li").length);
        seen = Number(list.querySelector("li:last-child")?.getAttribute("aria-posinset") ?? 0);
      }
      const sorted = [...frames].sort((a, b) => a - b);
      const at = (share) => Math.round(sorted[Math.floor((sorted.length - 1) * share)]);
      return { seen, most, frames: frames.length, p50: at(0.5), p95: at(0.95), worst: at(1), elements: document.querySelectorAll("*").length, seconds: Math.round((last - begun) / 1000) };
    }, MANY);
    console.log(`     ${JSON.stringify(scrolled)}`);
    assert.equal(scrolled.seen, MANY, "to the end");
    assert.ok(scrolled.most <= 40, `rows that are elements at once: ${scrolled.most}`);
    assert.ok(scrolled.elements < 3000, `elements of the page: ${scrolled.elements}`);
    assert.ok(scrolled.p95 <= 100, `a frame in twenty took longer than ${scrolled.p95} ms`);
    // The row that had the focus is no element any more.
    await li.keyboard.press("Alt+l");
    await li.waitForFunction(() => document.activeElement?.closest(".case-rows li"));
    await li.keyboard.press("End");
    await li.waitForFunction((many) => document.activeElement?.closest("li")?.getAttribute("aria-posinset") === String(many), MANY);
    await shot(li, "many");
    await accessible(li, "many conversations");
  });

  assert.deepEqual(faults, [], "no error in a browser");
  console.log(`keyboard: ${steps.passed} steps`);
} catch (error) {
  await shootAll(browser, "keyboard");
  if (faults.length) console.error(faults);
  throw error;
} finally {
  await browser.close();
  await shop.close();
}
