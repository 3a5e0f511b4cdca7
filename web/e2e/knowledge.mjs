// An admin keeps the knowledge base: a real server, real browsers. Two thousand entries come in as a spreadsheet, one is
// edited and clashes, everything is tried before it goes live, goes live, and is taken back. Pictures lie in target/e2e.
import assert from "node:assert/strict";
import { ask, barriersOf, openBrowser, request, say, Shop, shootAll, shot as shoot, signIn, Steps, watcher } from "./harness.mjs";
import { workbook } from "./sheet.mjs";

const SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const THINGS = "茶壶 砂锅 台灯 雨伞 风扇 枕头 毛巾 沙发 窗帘 地毯 花瓶 书架 衣架 水杯 饭盒 剪刀 拖鞋 帽子 围巾 手套".split(" ");
const COLOURS = "大红 墨绿 天蓝 米白 深灰 浅紫 橘黄 粉色 卡其 藏青".split(" ");
const ASPECTS = "怎么清洗 能用多久 有多重 是什么材质 适合送长辈吗 会不会掉色 要不要自己安装 有几种尺寸 能不能进微波炉 有没有异味".split(" ");
const ENTRIES = THINGS.flatMap((thing) => COLOURS.flatMap((colour) => ASPECTS.map((aspect) => ["商品细节/" + thing, `${colour}${thing}${aspect}`, `${colour}的${thing}${aspect}呀`, `${colour}${thing}的说明在这里：${aspect}。`])));
const QUESTION = "电子发票在哪里下载";
const NEW_WORDS = "新口径：发票改到“我的票夹”里下载。";

const shop = new Shop("knowledge");
const browser = await openBrowser();
const steps = new Steps();
const [faults, barriers] = [[], []];
// A refusal is part of this test.
const watch = watcher(faults, /status of 4\d\d/);
const step = (name, run) => steps.run(name, run);
const shot = (page, name) => shoot(page, `knowledge-${name}`);
const accessible = async (page, what) => void barriers.push(...(await barriersOf(page, what)));

async function staff(name, password, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "zh-CN", acceptDownloads: true, ...options });
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
const file = (name, rows) => ({ name, mimeType: SHEET, buffer: workbook(rows) });

async function openEntry(page, question) {
  await room(page, "知识库");
  await page.getByRole("searchbox", { name: "搜索问题或问法" }).fill(question);
  await page.locator(".entry-row a").filter({ hasText: question }).first().click();
  await page.getByLabel("回答", { exact: true }).waitFor();
}

try {
  await shop.start();
  shop.hire("xiaoli", "agent");
  const admin = await staff("admin", shop.password);
  const shopper = await shop.shopper(browser, watch);

  await step("what shoppers ask before anything changes", async () => {
    assert.match(await (await ask(shopper, QUESTION)).innerText(), /订单详情|PDF/);
    await ask(shopper, "退款多久到账");
    await say(shopper, "你们厂里招人吗");
    await accessible(admin, "home");
    await shot(admin, "home");
  });

  await step("a sheet with faults is refused by row and column, and nothing changes", async () => {
    await room(admin, "知识库");
    await settled(admin);
    await accessible(admin, "entries");
    await tab(admin, "导入导出");
    await admin.locator("input[type=file]").setInputFiles(file("faq.xlsx", [["分类", "标准问", "相似问", "答案"], ["杂项", "能刻字吗", "", ""], ["杂项", "能寄卡片吗", "", "能。"]]));
    await admin.getByRole("row", { name: /第 2 行.*答案/ }).waitFor();
    await accessible(admin, "import refused");
    await shot(admin, "import-refused");
    assert.equal((await request(admin, "GET", "/api/admin/knowledge/pending")).added, 0);
  });

  await step("two thousand entries from Excel", async () => {
    await admin.locator("input[type=file]").setInputFiles(file("faq.xlsx", [["分类", "标准问", "相似问", "答案"], ...ENTRIES]));
    await admin.locator(".import-found .figures").getByText("2000").waitFor({ timeout: 120_000 });
    await accessible(admin, "import checked");
    await shot(admin, "import");
    await admin.getByRole("button", { name: "导入", exact: true }).click();
    await admin.getByText("已导入：新增 2000 条").waitFor({ timeout: 120_000 });
    await tab(admin, "全部问答");
    await admin.getByText(/^\s*共 2\d{3} 条/).waitFor();
    await admin.locator(".tree-name", { hasText: "商品细节" }).click();
    await admin.getByText("共 2000 条").waitFor();
    await shot(admin, "entries");
    await accessible(admin, "entries of a category");
  });

  await step("a long list is read as it is scrolled", async () => {
    await admin.locator(".entries-scroll").evaluate((box) => box.scrollTo(0, box.scrollHeight));
    await admin.locator(".entry-row b").nth(5).waitFor();
    await admin.locator(".entry-row", { hasText: "…" }).first().waitFor({ state: "detached" });
    assert.ok((await admin.locator(".entry-row").count()) < 60, "only what is in sight is drawn");
  });

  await step("a category is moved by mouse and by keyboard, and entries into one", async () => {
    const node = (name) => admin.locator(".tree-row", { has: admin.locator(".tree-name span", { hasText: new RegExp(`^${name}$`) }) });
    const below = (name) => node(name).getByRole("button", { name: `展开或收起 ${name}` });
    await below("商品细节").click();
    await node("茶壶").dragTo(node("全部"));
    await admin.getByText("已处理 100 条").waitFor();
    await below("商品细节").waitFor();
    assert.deepEqual((await request(admin, "GET", "/api/admin/faq/categories")).categories.filter((one) => one.path === "茶壶").map((one) => one.total), [100]);
    await node("茶壶").locator(".tree-name").focus();
    await admin.keyboard.press("Control+x");
    await admin.getByText("已拿起“茶壶”").waitFor();
    await accessible(admin, "a category in hand");
    await node("商品细节").locator(".tree-name").focus();
    await admin.keyboard.press("Control+v");
    await admin.waitForFunction(async () => {
      const { categories } = await (await fetch("/api/admin/faq/categories")).json();
      return categories.every((one) => one.path !== "茶壶") && categories.find((one) => one.path === "商品细节").total === 2000;
    });
    await shot(admin, "categories");
  });

  await step("one entry is edited; a phrasing that belongs to another is named as it is typed", async () => {
    await openEntry(admin, "电子发票在哪里下载");
    await admin.getByRole("textbox", { name: "再加一种问法" }).fill("发票多久能收到");
    await admin.keyboard.press("Enter");
    await admin.locator(".entry-side").getByText("发票多久能收到").first().waitFor();
    await shot(admin, "conflict-phrasing");
    await accessible(admin, "entry with a warning");
    await admin.getByRole("button", { name: "删除 发票多久能收到" }).click();
    await admin.getByLabel("回答", { exact: true }).fill(`${NEW_WORDS}\n- 也可以**再发一次**\n- [订单](/orders)`);
    await admin.locator(".answer-bubble strong").getByText("再发一次").waitFor();
    await admin.getByText("有修改还没保存").waitFor();
  });

  await step("somebody else saves the same entry: both versions, and the admin decides", async () => {
    const id = admin.url().split("/").pop();
    const { revision, content } = await request(admin, "GET", `/api/admin/faq/entries/${id}`);
    await request(admin, "PUT", `/api/admin/faq/entries/${id}`, { revision, content: { ...content, answer: "别人写的回答。" } });
    await admin.getByRole("button", { name: "保存草稿" }).click();
    await box(admin).getByText("别人写的回答").waitFor();
    await accessible(admin, "conflict");
    await shot(admin, "conflict");
    await box(admin).getByRole("button", { name: "用我的" }).click();
    await admin.getByText("已修改，未发布").waitFor();
    await admin.locator(".entry-side del").first().waitFor();
    await shot(admin, "entry");
    await accessible(admin, "entry");
  });

  await step("try it: what would be said, how sure, and why", async () => {
    await admin.getByRole("button", { name: "试一试" }).click();
    await admin.locator(".answer-bubble").getByText("我的票夹").waitFor({ timeout: 120_000 });
    await admin.getByText("把握是怎么算出来的").click();
    await shot(admin, "try");
    await accessible(admin, "try");
    await admin.getByRole("radio", { name: "线上的知识库" }).check();
    await admin.locator(".answer-bubble").getByText(/订单详情|PDF/).waitFor();
  });

  await step("many questions at once, against the drafts", async () => {
    await tab(admin, "批量测试");
    await admin.getByRole("button", { name: "导入问题表" }).last().click();
    const rows = [["问题", "期望"], [QUESTION, "电子发票在哪里下载？"], ["大红茶壶怎么清洗", "大红茶壶怎么清洗"], ["今天股市涨了吗", "超范围"]];
    await box(admin).locator("input[type=file]").setInputFiles(file("tests.xlsx", rows));
    await admin.getByText("保存的问题（3）").waitFor();
    await admin.getByRole("button", { name: "测试修改后的" }).click();
    await admin.locator(".run-result table").waitFor({ timeout: 120_000 });
    await admin.locator(".run-text").getByText(/[23] \/ 3 通过/).waitFor();
    await shot(admin, "batch");
    await accessible(admin, "batch");
  });

  await step("the gate: what real shoppers asked, before and after", async () => {
    await room(admin, "知识库");
    await tab(admin, "待发布");
    await admin.getByText(/新增 2000 条，修改 1 条/).first().waitFor();
    await admin.getByRole("button", { name: "开始检验" }).click();
    await admin.locator(".gate-figures").waitFor({ timeout: 180_000 });
    await admin.getByRole("button", { name: /回答变了/ }).click();
    await admin.locator(".gate-item ins").getByText(/我的票夹/).first().waitFor();
    await shot(admin, "gate");
    await accessible(admin, "gate");
  });

  await step("publish: the next shopper gets the new answer", async () => {
    await admin.locator(".publish-do").getByRole("button", { name: "发布" }).click();
    await box(admin).getByText("新增 2000 条").waitFor();
    await shot(admin, "publish");
    await accessible(admin, "publish");
    await box(admin).getByRole("textbox").fill("发票新口径");
    const clicked = Date.now();
    await box(admin).getByRole("button", { name: "发布", exact: true }).click();
    await admin.getByText(/已发布为第 \d+ 版/).first().waitFor({ timeout: 120_000 });
    assert.match(await (await ask(shopper, QUESTION)).innerText(), /我的票夹/);
    console.log(`  the new answer stood in the widget ${Date.now() - clicked} ms after the click`);
    assert.match(await (await ask(shopper, "大红茶壶怎么清洗")).innerText(), /大红茶壶的说明在这里/);
    await shot(shopper, "widget-new");
    await shot(admin, "published");
  });

  await step("roll back: the old answer again", async () => {
    await tab(admin, "历史版本");
    await admin.locator(".version").nth(1).getByRole("button", { name: /退回到这一版/ }).click();
    await shot(admin, "versions");
    await accessible(admin, "rollback");
    await box(admin).getByRole("button", { name: "退回到这一版" }).click();
    await admin.getByText(/已退回到第 \d+ 版/).waitFor({ timeout: 120_000 });
    assert.match(await (await ask(shopper, QUESTION)).innerText(), /订单详情|PDF/);
    await shot(shopper, "widget-old");
  });

  await step("the inbox: what was not answered becomes an entry, with its effect shown first", async () => {
    await room(admin, "学习收件箱");
    const card = admin.locator(".cluster", { hasText: "厂里招人" });
    await card.waitFor();
    await shot(admin, "inbox");
    await accessible(admin, "inbox");
    await card.getByRole("button", { name: /写成新问答/ }).click();
    await box(admin).getByLabel("分类").fill("门店");
    await box(admin).getByLabel("回答").fill("招人的事请看店铺首页的公告。");
    await box(admin).locator(".adopt-figure").waitFor({ timeout: 120_000 });
    await shot(admin, "adopt");
    await accessible(admin, "adopt");
    await box(admin).getByRole("button", { name: "存为草稿" }).click();
    await card.waitFor({ state: "detached" });
  });

  await step("words: how phrasings are read differently is shown before saving", async () => {
    await room(admin, "词库");
    await settled(admin);
    await admin.getByRole("tab", { name: /店铺词汇/ }).click();
    await admin.getByRole("textbox", { name: /店铺词汇/ }).fill("在哪里下载");
    await admin.keyboard.press("Enter");
    await admin.locator(".cut").first().waitFor({ timeout: 60_000 });
    await shot(admin, "words");
    await accessible(admin, "words");
    await admin.getByRole("button", { name: "保存草稿" }).click();
    await admin.getByText("有修改还没发布").waitFor();
  });

  await step("stock and price in the list hold at once", async () => {
    await room(admin, "商品");
    await admin.getByRole("searchbox", { name: "搜索商品名或编号" }).fill("SS-001");
    await admin.getByText("共 1 件").waitFor();
    await admin.locator(".products .stock").fill("3");
    await admin.locator(".products .yuan input").fill("199.9");
    await admin.keyboard.press("Tab");
    await shot(admin, "products");
    await accessible(admin, "products");
    await admin.getByRole("button", { name: "保存并生效" }).click();
    await admin.locator(".products").getByText("快卖完").waitFor();
    assert.equal((await request(admin, "GET", "/api/admin/products/SS-001")).price, 19990);
    await admin.getByRole("button", { name: /^修改/ }).first().click();
    await accessible(admin, "product");
    await box(admin).getByRole("button", { name: "取消" }).click();
  });

  await step("the dashboard and its CSV", async () => {
    await room(admin, "看板");
    await admin.locator(".chart svg").nth(1).waitFor();
    await admin.locator(".figure", { hasText: "提问" }).waitFor();
    await shot(admin, "dashboard");
    await accessible(admin, "dashboard");
    const [download] = await Promise.all([admin.waitForEvent("download"), admin.getByRole("link", { name: "导出 CSV" }).click()]);
    assert.match(download.suggestedFilename(), /\.csv$/);
  });

  await step("who did what", async () => {
    await room(admin, "设置");
    await tab(admin, "操作记录");
    await admin.locator(".audit summary").first().waitFor();
    await shot(admin, "audit");
    await accessible(admin, "audit");
  });

  await step("an agent finds none of it", async () => {
    const agent = await staff("xiaoli", "xiaoli-password");
    assert.equal(await agent.getByRole("link", { name: "知识库" }).count(), 0);
    await agent.goto(`${shop.address}/console/knowledge`);
    await agent.waitForURL(/console\/?$/);
    await agent.context().close();
  });

  await step("a phone in the dark, and English", async () => {
    const phone = await staff("admin", shop.password, { viewport: { width: 390, height: 844 }, colorScheme: "dark" });
    for (const [path, heading] of [["knowledge", "知识库"], ["knowledge/entries/invoice-download", "电子发票在哪里下载？"], ["knowledge/publish", "发布修改"], ["knowledge/versions", "历史版本"], ["knowledge/confusions", "容易混淆的问答"], ["knowledge/transfer", "导入导出"], ["try?text=邮费谁出", "试一试"], ["try/batch", "批量测试"], ["inbox", "学习收件箱"], ["words", "词库"], ["products", "商品"], ["dashboard", "看板"], ["audit", "操作记录"]]) {
      await phone.goto(`${shop.address}/console/${path}`);
      await phone.getByRole("heading", { name: heading, level: 1 }).waitFor();
      await settled(phone);
      const name = path.replace(/[/?].*$/, "") + (path.split("/")[1] ?? "");
      assert.equal(await phone.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, `${path} sticks out on a phone`);
      await accessible(phone, `${path} on a phone in the dark`);
      await shot(phone, `phone-${name}`);
    }
    await phone.getByRole("button", { name: "全部" }).click();
    await phone.getByRole("link", { name: "词库" }).click();
    await phone.getByRole("heading", { name: "词库", level: 1 }).waitFor();
    await admin.getByRole("button", { name: "English" }).click();
    await admin.locator(".rail").getByRole("link", { name: "Knowledge base" }).click();
    await admin.getByRole("heading", { name: "Knowledge base", level: 1 }).waitFor();
    await settled(admin);
    await shot(admin, "english");
  });

  assert.deepEqual(barriers, [], "no barrier on any page");
  assert.deepEqual(faults, [], "no error in a browser");
  console.log(`knowledge: ${steps.passed} steps`);
} catch (error) {
  await shootAll(browser, "knowledge");
  if (faults.length || barriers.length) console.error(faults, barriers);
  throw error;
} finally {
  await browser.close();
  await shop.close();
}
