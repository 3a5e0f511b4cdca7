// What all browser tests stand on: a real server with an empty database, a real browser, a shopper and their widget.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

export const ROOT = new URL("../..", import.meta.url).pathname;
// Another build, an optimised one for instance, is tested with PROGRAM=path.
const PROGRAM = process.env.PROGRAM ?? join(ROOT, "target/debug/xiaoer");
/** File in a template with the first admin's password. */
export const PASSWORD = "password";
const SHOTS = join(ROOT, "target/e2e");
const BROWSER_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const AXE = readFileSync(new URL("../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");

export async function freePort() {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  await once(probe, "close");
  return port;
}

/**
 * A shop of its own in a new folder; without a port the operating system chooses one. Its database is a copy of what a first
 * start leaves behind, where all.mjs has made one: training the demo shop's intents takes a debug build a minute.
 */
export class Shop {
  constructor(name, port = 0) {
    this.folder = mkdtempSync(join(tmpdir(), `xiaoer-${name}-`));
    const template = process.env.SHOP_TEMPLATE;
    if (template) {
      cpSync(template, this.folder, { recursive: true });
      this.password = readFileSync(join(template, PASSWORD), "utf8");
    }
    this.environment = { ...process.env, XIAOER_SERVER__PORT: String(port), XIAOER_DATABASE__URL: `sqlite://${this.folder}/shop.db` };
  }

  /** Starts the server; resolves once it is open. `password` is that of the first admin, after the first start. */
  async start() {
    this.server = spawn(PROGRAM, ["serve"], { cwd: ROOT, env: this.environment });
    this.server.stderr.pipe(process.stderr);
    let said = "";
    await new Promise((resolve, reject) => {
      this.server.stdout.on("data", (chunk) => {
        said += chunk;
        // What is printed at once may come in two pieces.
        if (/api\/docs\n/.test(said) && (this.password || /密码 [0-9a-f]+/.test(said))) resolve();
      });
      this.server.once("exit", (code) => reject(new Error(`the server ended with ${code}`)));
    });
    this.address = /(http:\/\/127\.0\.0\.1:\d+)\/\n/.exec(said)[1];
    this.password ??= /密码 ([0-9a-f]+)/.exec(said)[1];
  }

  async end(signal) {
    this.server.removeAllListeners("exit");
    this.server.kill(signal);
    await once(this.server, "exit");
  }

  /** Ends the server and forgets everything. */
  async close() {
    await this.end("SIGTERM");
    this.forget();
  }

  forget() {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Hires somebody; the password is their name and `-password`. */
  hire(name, role) {
    const run = spawnSync(PROGRAM, ["user", "set", name, "--role", role], { cwd: ROOT, env: this.environment, input: `${name}-password\n` });
    assert.equal(run.status, 0, String(run.stderr));
  }

  /** A shopper's page with the widget open. Each frame that reaches them is kept in `frames_seen`. */
  async shopper(browser, watch, options = {}) {
    const page = await (await browser.newContext({ viewport: { width: 420, height: 800 }, locale: "zh-CN", ...options })).newPage();
    watch(page, "shopper");
    page.frames_seen = [];
    page.on("websocket", (socket) => socket.on("framereceived", ({ payload }) => page.frames_seen.push(String(payload))));
    await page.goto(this.address);
    await page.getByRole("button", { name: "打开客服聊天" }).click();
    await page.getByText("大家常问").waitFor();
    return page;
  }
}

export function openBrowser() {
  mkdirSync(SHOTS, { recursive: true });
  return chromium.launch({ executablePath: "/usr/bin/chromium", args: BROWSER_FLAGS });
}

/** A picture of a page, as it stands still. */
export async function shot(page, name) {
  await page.screenshot({ path: join(SHOTS, `${name}.png`), animations: "disabled" });
}

/** Notes faults of a page's scripts; `expected` says which errors on the console belong to the test. */
export function watcher(faults, expected = /^$/) {
  return (page, who) => {
    page.on("pageerror", (error) => faults.push(`${who}: ${error.message}`));
    page.on("console", (message) => message.type() === "error" && !expected.test(message.text()) && faults.push(`${who}: ${message.text()}`));
  };
}

/** Fills in the door of the console. */
export async function signIn(page, name, password) {
  await page.getByLabel("用户名").fill(name);
  await page.getByLabel("密码", { exact: true }).fill(password);
  await page.getByRole("button", { name: "登录" }).click();
}

/** Serious and critical violations of the page as it is, a line each. */
export async function barriersOf(page, what) {
  await page.evaluate(AXE);
  // A colour in the middle of a change is nobody's colour.
  await page.evaluate(() => document.getAnimations().forEach((one) => Number.isFinite(one.effect.getComputedTiming().endTime) && one.finish()));
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"] }));
  const grave = violations.filter((one) => one.impact === "serious" || one.impact === "critical");
  return grave.map((one) => `${what}: ${one.id} ${one.nodes.map((node) => `${node.target.join(" ")} ${node.any[0]?.message ?? ""}`).slice(0, 4).join(" | ")}`);
}

/** Says something in the widget and sees it among what was said. */
export async function say(page, text) {
  await page.getByRole("textbox", { name: "请输入您的问题" }).fill(text);
  await page.keyboard.press("Enter");
  await page.locator("#xiaoer .mine").getByText(text, { exact: true }).last().waitFor();
}

/** Asks in the widget and gives the row of the answer, once it is finished. */
export async function ask(page, text) {
  const before = await page.locator("#xiaoer .row:not(.mine) .bubble").count();
  await page.getByRole("textbox", { name: "请输入您的问题" }).fill(text);
  await page.keyboard.press("Enter");
  await page.waitForFunction(
    (count) => {
      const root = document.querySelector("#xiaoer").shadowRoot;
      return root.querySelectorAll(".row:not(.mine) .bubble:not(.dots)").length > count && !root.querySelector(".dots");
    },
    before,
  );
  return page.locator("#xiaoer .row:not(.mine)").last();
}

/** A request with the session of a page of the console. */
export function request(page, method, path, body) {
  return page.evaluate(
    async ([method, path, body]) => {
      const answer = await fetch(path, { method, headers: { "Content-Type": "application/json", "X-Xiaoer-Csrf": "1" }, ...(body && { body: JSON.stringify(body) }) });
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
      return answer.status === 204 ? null : answer.json();
    },
    [method, path, body],
  );
}

/** Runs and counts the steps of a test. */
export class Steps {
  passed = 0;

  async run(name, step) {
    const began = Date.now();
    await step();
    this.passed++;
    console.log(`  ok ${name} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
  }
}

/** Pictures of all pages where a test has failed. */
export async function shootAll(browser, name) {
  const pages = browser.contexts().flatMap((context) => context.pages());
  for (const [index, page] of pages.entries()) await shot(page, `${name}-failed-${index}`).catch(() => {});
}
