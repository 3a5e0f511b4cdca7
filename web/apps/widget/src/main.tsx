/** The embed: `<script src="https://kf.example.com/widget.js" data-site="SITE" defer></script>`. */
import { h, render } from "preact";
import { SUBPROTOCOL } from "@xiaoer/protocol";
import { claimSound, Connection, openEvents, type SharedSurroundings, type Socket, unread, type View } from "@xiaoer/realtime";
import en from "@xiaoer/ui/en.json";
import zh from "@xiaoer/ui/zh-CN.json";
import { installApi } from "./api.ts";
import { base, script } from "./base.ts";
import { Panel } from "./panel.tsx";
import { STYLES } from "./styles.ts";

const site = script?.dataset.site ?? "shop";
const words = script?.dataset.locale?.startsWith("en") ? en : zh;
const socketUrl = new URL("/ws/chat", base).href.replace("http", "ws");
const key = `xiaoer.${site}.`;
const openKey = `${key}open`;

const host = document.createElement("div");
host.id = "xiaoer";
const root = host.attachShadow({ mode: "open" });
// A constructed sheet needs no inline style and so no exception in a strict content security policy.
const sheet = new CSSStyleSheet();
sheet.replaceSync(STYLES);
root.adoptedStyleSheets = [sheet];
document.body.append(host);

let opened = sessionStorage.getItem(openKey) === "true";

/** Pages without TLS have no `crypto.randomUUID`. */
function newId(): string {
  return crypto.getRandomValues(new Uint32Array(4)).join("");
}

const around: SharedSurroundings = {
  open: (plain) =>
    plain ? openEvents(`${base.origin}/sse/chat`, (...request) => fetch(...request)) : (new WebSocket(socketUrl, SUBPROTOCOL) as Socket),
  storage: localStorage,
  exclusive: (name, task) => void (navigator.locks ? navigator.locks.request(name, task) : task()),
  setTimeout: (run, ms) => window.setTimeout(run, ms),
  clearTimeout: (timer) => window.clearTimeout(timer),
  now: Date.now,
  random: Math.random,
  newId,
};
const connection = new Connection(`${key}token`, around, changed);

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
  identify: (jwt) => connection.identify(jwt),
  logout: () => connection.forget(),
  shutdown: () => {
    opened = false;
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
    if (!opened) emit("unread", { count: unread(view.transcript, view.read) });
    if (!opened || document.hidden) claimSound(around, `${key}sound`, last.sequence, chime);
  }
  if (before && before.status !== view.status && view.status === "waiting") emit("handoff", {});
  if (view.state !== before?.state) emit("state", { state: view.state });
  if (view.refused && !before?.refused) emit("error", { code: "bad_identity" });
  before = view;
  look();
  draw();
  // Whoever was here is signed out or deleted: an open panel begins anew, with somebody whom nobody knows.
  if (opened && view.state === "idle") connection.connect();
}

/** What is on the screen counts as read. */
function look(): void {
  if (opened && !document.hidden) connection.markRead();
}

/** Two soft tones. A browser that has seen no click of the shopper yet stays silent. */
function chime(): void {
  const audio = new AudioContext();
  for (const [start, pitch] of [[0, 880], [0.12, 1175]] as const) {
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0.08, audio.currentTime + start);
    volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + start + 0.3);
    tone.connect(volume).connect(audio.destination);
    tone.start(audio.currentTime + start);
    tone.stop(audio.currentTime + start + 0.3);
  }
}

function toggle(open: boolean): void {
  if (open === opened) return;
  opened = open;
  sessionStorage.setItem(openKey, `${open}`);
  if (open) connection.connect();
  look();
  emit(open ? "open" : "close", {});
  draw();
}

function draw(): void {
  const view = connection.current;
  const count = unread(view.transcript, view.read);
  render(<Panel view={view} opened={opened} unread={count} words={words} connection={connection} toggle={toggle} />, root);
}

window.addEventListener("online", () => connection.wake());
window.addEventListener("storage", () => connection.storageChanged());
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  connection.wake();
  look();
});
if (opened || connection.token) connection.connect();
draw();
emit("ready", {});
