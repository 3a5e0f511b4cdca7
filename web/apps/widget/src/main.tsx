/** The embed: `<script src="https://kf.example.com/widget.js" data-site="SITE" defer></script>`. */
import { render } from "preact";
import { Connection, type Socket, type View } from "@xiaoer/realtime";
import en from "@xiaoer/ui/en.json";
import zh from "@xiaoer/ui/zh-CN.json";
import { installApi } from "./api.ts";
import { Panel } from "./panel.tsx";
import { STYLES } from "./styles.ts";

const script = document.currentScript as HTMLScriptElement | null;
const base = new URL(script?.src ?? location.href);
const site = script?.dataset.site ?? "shop";
const words = script?.dataset.locale?.startsWith("en") ? en : zh;
const socketUrl = `${base.protocol.replace("http", "ws")}//${base.host}/ws/chat`;
const openKey = `xiaoer.${site}.open`;

const host = document.createElement("div");
host.id = "xiaoer";
const root = host.attachShadow({ mode: "open" });
// A constructed sheet needs no inline style and so no exception in a strict content security policy.
const sheet = new CSSStyleSheet();
sheet.replaceSync(STYLES);
root.adoptedStyleSheets = [sheet];
document.body.append(host);

let opened = sessionStorage.getItem(openKey) === "1";
let unread = 0;

function newId(): string {
  return crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16)).join("");
}

const connection = new Connection(
  socketUrl,
  `xiaoer.${site}.token`,
  {
    open: (url, protocol) => new WebSocket(url, protocol) as Socket,
    storage: localStorage,
    setTimeout: (run, ms) => window.setTimeout(run, ms),
    clearTimeout: (timer) => window.clearTimeout(timer),
    random: Math.random,
    newId,
  },
  changed,
);

const emit = installApi({
  open: () => toggle(true),
  close: () => toggle(false),
  toggle: () => toggle(!opened),
  send: (text) => {
    toggle(true);
    connection.say(text);
  },
  setContext: (context) => {
    connection.page = { sku: context.sku, order_id: context.orderId, page_url: context.pageUrl };
  },
  logout: () => connection.forget(),
  shutdown: () => {
    connection.forget();
    host.remove();
  },
});

let before: View | null = null;

function changed(view: View): void {
  const last = view.transcript.messages.at(-1);
  const known = before?.transcript.messages.at(-1)?.sequence ?? 0;
  if (before && last && last.sequence > known && last.author !== "shopper" && before.state === "open") {
    emit("message", { sequence: last.sequence, text: last.body.text });
    if (!opened) emit("unread", { count: ++unread });
  }
  if (before && before.status !== view.status && view.status === "waiting") emit("handoff", {});
  if (view.state !== before?.state) emit("state", { state: view.state });
  before = view;
  draw();
}

function toggle(open: boolean): void {
  if (open === opened) return;
  opened = open;
  sessionStorage.setItem(openKey, open ? "1" : "0");
  if (open) {
    unread = 0;
    connection.connect();
  }
  emit(open ? "open" : "close", {});
  draw();
}

function draw(): void {
  render(<Panel view={connection.current} opened={opened} unread={unread} words={words} connection={connection} toggle={toggle} />, root);
}

window.addEventListener("online", () => connection.wake());
if (opened || connection.token) connection.connect();
draw();
emit("ready", {});
