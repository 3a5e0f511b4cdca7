// A thousand clients lose their server together: a real server that is killed and started again, and the connections of
// the widget as they are, without a browser around them. (Node before 22: node --experimental-websocket.)
import assert from "node:assert/strict";
import { join } from "node:path";
import { rolldown } from "rolldown";
import { freePort, ROOT, Shop, Steps } from "./harness.mjs";

const CLIENTS = 1_000;
const SPREAD_MS = 10_000;
/** Clients that may come back within one second. */
const CROWD = CLIENTS / 4;

const bundle = await rolldown({ input: join(ROOT, "web/packages/realtime/src/index.ts"), platform: "node" });
const { output } = await bundle.generate({ format: "esm" });
const { Connection } = await import(`data:text/javascript;base64,${Buffer.from(output[0].code).toString("base64")}`);

const shop = new Shop("comeback", await freePort());
Object.assign(shop.environment, { XIAOER_KNOWLEDGE__FOLDER: join(ROOT, "tests/shop"), XIAOER_LIMITS__SOCKETS_OF_ADDRESS: "5000", XIAOER_LIMITS__VISITORS_OF_ADDRESS_IN_60_S: "5000" });
const steps = new Steps();

/** What a browser would be to one client. */
function surroundings() {
  const kept = new Map();
  return {
    open: () => new WebSocket(`${shop.address.replace("http", "ws")}/ws/chat`, { protocols: "xiaoer.v1", headers: { Origin: shop.address } }),
    storage: {
      get length() {
        return kept.size;
      },
      key: (place) => [...kept.keys()][place] ?? null,
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, value) => void kept.set(key, value),
      removeItem: (key) => void kept.delete(key),
    },
    exclusive: (_, task) => void task(),
    setTimeout: (run, ms) => setTimeout(run, ms),
    clearTimeout: (timer) => clearTimeout(timer),
    now: Date.now,
    random: Math.random,
    newId: () => crypto.randomUUID(),
  };
}

let open = 0;
let opened = [];
let whenAll = () => {};
/** Resolves when all clients are open, with the moments. */
const all = () => new Promise((resolve) => (whenAll = resolve));

function client() {
  let state = "idle";
  const connection = new Connection("token", surroundings(), (view) => {
    if (view.state === state) return;
    open += Number(view.state === "open") - Number(state === "open");
    state = view.state;
    if (state === "open") opened.push(performance.now());
    if (open === CLIENTS) whenAll(opened);
  });
  return connection;
}

try {
  await shop.start();
  await steps.run("line 38: a thousand clients come back over ten seconds and more", async () => {
    const first = all();
    const clients = Array.from({ length: CLIENTS }, client);
    for (const one of clients) one.connect();
    await first;
    opened = [];
    const again = all();
    await shop.end("SIGKILL");
    await shop.start();
    const moments = (await again).sort((a, b) => a - b);
    assert.equal(moments.length, CLIENTS, "everybody once");
    const spread = moments.at(-1) - moments[0];
    assert.ok(spread >= SPREAD_MS, `spread over ${spread.toFixed()} ms`);
    const crowd = Math.max(...moments.map((moment, place) => moments.findLastIndex((other) => other < moment + 1_000) - place + 1));
    assert.ok(crowd < CROWD, `${crowd} within a second`);
    console.log(`  ${CLIENTS} clients came back over ${(spread / 1_000).toFixed(1)} s, at most ${crowd} within a second`);
  });
  console.log(`comeback: ${steps.passed} passed, 0 failed`);
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  await shop.close();
  // A thousand clients would go on trying.
  process.exit();
}
