// Texts that break programs, in all three faces: a real server, a real browser. Each is shown as text, nothing of it
// runs, no dialog opens, nothing is fetched from elsewhere, and no page grows wider than a phone.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openBrowser, request, ROOT, Shop, shootAll, shot, signIn, Steps, watcher } from "./harness.mjs";

const texts = readFileSync(join(ROOT, "tests/naughty/strings.txt"), "utf8")
  .split("\n")
  .filter((line) => line && !line.startsWith("#"))
  .map((line) => JSON.parse(line))
  .filter((text) => text.trim());
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

const shop = new Shop("naughty");
for (const limit of ["MESSAGES_IN_10_S", "MESSAGES_IN_60_S", "MESSAGES_OF_ADDRESS_IN_60_S", "FRAMES_IN_10_S"]) shop.environment[`XIAOER_LIMITS__${limit}`] = "100000";
const browser = await openBrowser();
const steps = new Steps();
const faults = [];
// What is refused is part of this test.
const noted = watcher(faults, /status of 4\d\d/);

/** Notes whatever a text should never bring about. */
function watch(page, who) {
  noted(page, who);
  page.on("dialog", (dialog) => {
    faults.push(`${who}: a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("request", (asked) => {
    if (!asked.url().startsWith(shop.address) && !/^(data|blob):/.test(asked.url())) faults.push(`${who}: asked for ${asked.url()}`);
  });
  page.on("framenavigated", (frame) => frame !== page.mainFrame() && faults.push(`${who}: a frame: ${frame.url()}`));
}

/** Everything on a page, in the widget as well, that could run, lead astray, or stick out. */
function dangers(page) {
  return page.evaluate(() => {
    const widget = document.querySelector("#xiaoer")?.shadowRoot;
    const found = [];
    for (const one of [...document.querySelectorAll("*"), ...(widget?.querySelectorAll("*") ?? [])]) {
      for (const { name, value } of one.attributes) {
        if (/^on/i.test(name)) found.push(`${one.tagName} ${name}`);
        if (/^(href|src|action|formaction|data|srcdoc|xlink:href)$/i.test(name) && !/^(\/(?!\/)|https:|tel:[0-9+-]|#|data:image\/|blob:)/.test(value) && !value.startsWith(location.origin)) found.push(`${one.tagName} ${name}=${value}`);
      }
      if (one.target === "_blank" && !/noopener/.test(one.rel)) found.push(`${one.outerHTML}: no noopener`);
      if (/^(IFRAME|OBJECT|EMBED|BASE|MARQUEE)$/.test(one.tagName)) found.push(one.tagName);
      if (one.tagName === "META" && one.httpEquiv === "refresh") found.push("META refresh");
    }
    if (document.documentElement.scrollWidth > innerWidth) found.push(`${document.documentElement.scrollWidth} px wide`);
    return found;
  });
}

/** Which of these texts stand on the page, each alone in its place, as they were written. */
function shown(page, wanted, place) {
  return page.evaluate(
    ([wanted, place]) => {
      const roots = [document, document.querySelector("#xiaoer")?.shadowRoot].filter(Boolean);
      const found = new Set(roots.flatMap((root) => [...root.querySelectorAll(place)]).map((one) => one.textContent.trim()));
      return wanted.filter((text) => found.has(text.trim()));
    },
    [wanted, place],
  );
}

const missing = (found) => texts.filter((text) => !found.includes(text));

async function console_(name, password, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "zh-CN", ...options });
  const page = await context.newPage();
  watch(page, name);
  await page.goto(`${shop.address}/console`);
  await signIn(page, name, password);
  await page.getByText(`${name}，您好`).waitFor();
  return page;
}

/** Says all these in the conversation of a page's widget, past its interface. */
const sayAll = (page, all) =>
  page.evaluate(async (all) => {
    const key = Object.keys(localStorage).find((name) => name.endsWith("token"));
    for (const [place, text] of all.entries()) {
      const answer = await fetch("/sse/chat/frames", {
        method: "POST",
        headers: { Authorization: `Bearer ${localStorage.getItem(key)}` },
        body: JSON.stringify({ type: "say", client_id: `n-${performance.now()}-${place}`, text }),
      });
      if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()} ${JSON.stringify(text)}`);
    }
  }, all);

try {
  await shop.start();
  shop.hire("xiaoli", "agent");
  const admin = await console_("admin", shop.password);
  const { settings } = await request(admin, "GET", "/api/desk/settings");
  const always = Array.from({ length: 7 }, () => [{ from: 0, to: 1440 }]);
  await request(admin, "PUT", "/api/desk/settings", { ...settings, hours: { week: always, special: [] }, assign: false });
  const shopper = await shop.shopper(browser, watch, PHONE);

  await steps.run("line 25: what a shopper writes is shown as text in the widget", async () => {
    await sayAll(shopper, texts);
    await shopper.waitForFunction((count) => document.querySelector("#xiaoer").shadowRoot.querySelectorAll(".mine").length >= count, texts.length);
    assert.deepEqual(missing(await shown(shopper, texts, ".mine .bubble")), []);
    assert.deepEqual(await dangers(shopper), []);
    const wide = await shopper.evaluate(() => [...document.querySelector("#xiaoer").shadowRoot.querySelectorAll("*")].filter((one) => one.getBoundingClientRect().right > innerWidth + 1 && !one.closest(".cards, table")).map((one) => one.className));
    assert.deepEqual(wide, [], "nothing sticks out on a phone");
    await shot(shopper, "naughty-widget");
  });

  const entries = [];
  await steps.run("line 25: questions and answers are shown as text in the console", async () => {
    for (const [place, text] of texts.entries()) {
      const entry = { id: `n${place}`, category: "怪", question: `顽石第${place.toString(16)}块在哪里`, answer: text, tags: [] };
      await request(admin, "POST", "/api/admin/faq/entries", entry);
      entries.push(entry);
    }
    await request(admin, "POST", "/api/admin/knowledge/publish", { note: texts[0] });
    for (const path of ["knowledge?category=怪", "knowledge/entries/n0", "knowledge/versions", "audit"]) {
      await admin.goto(`${shop.address}/console/${path}`);
      await admin.waitForLoadState("networkidle");
      assert.deepEqual(await dangers(admin), [], path);
    }
  });

  await steps.run("line 26: answers with Markdown and HTML are inert in the widget", async () => {
    const other = await shop.shopper(browser, watch, PHONE);
    await sayAll(other, entries.map(({ question }) => question));
    await other.waitForFunction((count) => document.querySelector("#xiaoer").shadowRoot.querySelectorAll(".row:not(.mine) .bubble").length >= count, texts.length);
    // Markdown is shown as what it means; everything else as it was written.
    const plain = texts.filter((text) => !/[\n[*|]|^\s*([-*]|\d+[.)])\s/.test(text));
    const found = await shown(other, plain, ".row:not(.mine) .bubble");
    assert.deepEqual(plain.filter((text) => !found.includes(text)), []);
    assert.deepEqual(await dangers(other), []);
    await shot(other, "naughty-answers");
    await other.context().close();
  });

  await steps.run("line 25: messages, notes and names are shown as text to an agent", async () => {
    await sayAll(shopper, ["转人工"]);
    const li = await console_("xiaoli", "xiaoli-password");
    const { cases } = await request(li, "GET", "/api/desk/cases?view=waiting");
    const { id, conversation_id: at } = cases[0];
    await request(li, "POST", `/api/desk/cases/${id}/claim`, {});
    for (const text of texts.slice(0, 120)) await request(li, "POST", `/api/desk/conversations/${at}/notes`, { text });
    await li.goto(`${shop.address}/console/desk/${at}`);
    await li.locator(".said").first().waitFor();
    // Everything of the conversation, page by page.
    for (let earlier = li.locator("button.earlier"); (await earlier.count()) > 0; ) {
      const before = await li.locator(".said").count();
      // Whoever scrolls up to the button is given more already; after the last there is none to click.
      await earlier.click({ timeout: 5_000 }).catch(() => {});
      await li.waitForFunction((count) => document.querySelectorAll(".said").length > count || !document.querySelector("button.earlier"), before);
    }
    // The numbers of persons are masked at the desk.
    const personal = ["13800138000", "138-0013-8000", "11010519491231002X"];
    const unmasked = texts.filter((text) => !personal.some((number) => text.includes(number)));
    const found = await shown(li, unmasked, ".said .plain");
    assert.deepEqual(unmasked.filter((text) => !found.includes(text)), []);
    const notes = await shown(li, texts.slice(0, 120), ".note *");
    assert.deepEqual(texts.slice(0, 120).filter((text) => !notes.includes(text)), []);
    assert.deepEqual(await dangers(li), []);
    await shot(li, "naughty-desk");
    // The agent says them all; the shopper's widget reads Markdown in none of what would run.
    await li.evaluate(
      ([at, texts]) =>
        new Promise((resolve, reject) => {
          const socket = new WebSocket(`${location.origin.replace("http", "ws")}/ws/desk`, "xiaoer.v1");
          let acks = 0;
          socket.onmessage = ({ data }) => {
            const frame = JSON.parse(data);
            if (frame.type === "welcome") texts.forEach((text, place) => socket.send(JSON.stringify({ type: "say", conversation_id: at, client_id: `a-${place}`, text })));
            if (frame.type === "error") reject(new Error(data));
            if (frame.type === "ack" && ++acks === texts.length) resolve(socket.close());
          };
          socket.onopen = () => socket.send(JSON.stringify({ type: "hello" }));
        }),
      [at, texts.slice(0, 250)],
    );
    await shopper.waitForFunction((text) => document.querySelector("#xiaoer").shadowRoot.textContent.includes(text), texts[249]);
    assert.deepEqual(await dangers(shopper), []);
    await li.setViewportSize({ width: 390, height: 844 });
    assert.deepEqual(await dangers(li), [], "on a phone");
    await li.context().close();
  });

  await steps.run("line 25: names of goods, people, segments and campaigns are shown as text", async () => {
    const names = [...new Set(texts.map((text) => text.trim()))];
    const cell = (text) => `"${(text.startsWith("'") ? `'${text}` : text).replaceAll('"', '""')}"`;
    const csv = ["编号,名称,分类,价格,库存,描述", ...names.map((name, place) => `N-${place},${cell(name)},sport-shoes,129.9,7,${cell(name)}`)].join("\n");
    const job = await admin.evaluate(async (csv) => {
      const headers = { "X-Xiaoer-Csrf": "1" };
      const begun = await (await fetch("/api/admin/products/imports?filename=p.csv", { method: "POST", headers, body: csv })).json();
      for (;;) {
        const job = await (await fetch(`/api/admin/jobs/${begun.job}`)).json();
        if (job.state !== "running") return job;
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    }, csv);
    assert.equal(job.result?.added, names.length, JSON.stringify(job).slice(0, 2000));
    const short = names.filter((name) => [...name].length <= 20);
    for (const name of short) {
      await request(admin, "POST", "/api/admin/segments", { name, rule: "订单数 >= 1" });
      const plan = { channel: "widget", trigger: { kind: "segment_entry" }, audience: "订单数 >= 1", variants: [{ text: "您好" }], cap: { times: 1, days: 30 } };
      await request(admin, "POST", "/api/admin/campaigns", { name, plan });
    }
    const { agents } = await request(admin, "GET", "/api/desk/agents");
    await request(admin, "PUT", `/api/desk/agents/${agents[0].id}`, { display_name: "<b onload=x>名</b>", groups: [] });
    for (const name of short.slice(0, 60)) await request(admin, "POST", "/api/desk/quick-replies", { shortcut: `k${short.indexOf(name)}`, title: name, text: name, products: [], shared: true });
    const query = (text) => encodeURIComponent(text.toWellFormed?.() ?? text);
    const search = ["<img src=x onerror=alert(1)>", "\"><script>alert(1)</script>", "{{constructor.constructor('alert(1)')()}}", "w".repeat(195)].map(query);
    for (const size of [{ width: 1440, height: 900 }, PHONE.viewport]) {
      await admin.setViewportSize(size);
      const rooms = ["products", "segments", "campaigns", "quick-replies", "team", "audit", "knowledge?category=怪", "inbox", "dashboard", "live", "report", "try", ...search.flatMap((words) => [`search?q=${words}`, `products?q=${words}`, `knowledge?q=${words}`])];
      for (const path of rooms) {
        await admin.goto(`${shop.address}/console/${path}`);
        await admin.waitForLoadState("networkidle");
        assert.deepEqual(await dangers(admin), [], `${path} at ${size.width} px`);
      }
    }
    await admin.goto(`${shop.address}/console/segments`);
    await admin.waitForLoadState("networkidle");
    const found = await shown(admin, short, "main *");
    assert.ok(found.length >= short.length * 0.9, `${found.length} of ${short.length} names`);
    await shot(admin, "naughty-segments");
    // The storefront.
    const page = await (await browser.newContext({ ...PHONE, locale: "zh-CN" })).newPage();
    watch(page, "storefront");
    for (const path of ["category/sport-shoes", ...search.map((words) => `search?q=${words}`), ...names.slice(0, 400).filter((name) => /[<[({'"]/.test(name) || name.length > 60).slice(0, 40).map((name) => `product/N-${names.indexOf(name)}`)]) {
      await page.goto(`${shop.address}/${path}`);
      await page.waitForLoadState("networkidle");
      assert.deepEqual(await dangers(page), [], path);
    }
    await shot(page, "naughty-storefront");
    await page.context().close();
  });

  assert.deepEqual(faults, [], "nothing ran, nothing was fetched, no error in the browser");
  console.log(`naughty: ${steps.passed} passed, 0 failed; ${texts.length} texts`);
} catch (error) {
  await shootAll(browser, "naughty");
  throw error;
} finally {
  await browser.close();
  await shop.close();
}
