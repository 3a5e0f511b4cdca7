// The agents of tests/soak.sh: each answers what it is given and settles it some seconds later, so that nobody waits for
// ever. Runs until it is ended; ends by itself, with an error, when a socket closes or a request is refused.
//
//   node --experimental-websocket tests/agents.mjs http://127.0.0.1:9003 ADMIN_PASSWORD AGENT...
//
// An agent's password is their name and `-password`.
const [shop, adminPassword, ...agents] = process.argv.slice(2);
const SHORTEST_MS = 4_000;
const LONGEST_MS = 16_000;
const CAPACITY = 10;

/** Signs somebody in; the answer asks for things in their name. */
async function signIn(name, password) {
  const headers = { "Content-Type": "application/json", "X-Xiaoer-Csrf": "1", Origin: shop };
  const ask = async (method, path, body) => {
    const answer = await fetch(shop + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    if (!answer.ok) throw new Error(`${name}: ${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer;
  };
  const answer = await ask("POST", "/api/staff/sign-in", { name, password });
  headers.Cookie = answer.headers.getSetCookie()[0].split(";")[0];
  return { ask, headers };
}

/** Somebody is there at any hour, and cases are given to whoever has room. */
async function openTheDesk() {
  const { ask } = await signIn("admin", adminPassword);
  const { settings } = await (await ask("GET", "/api/desk/settings")).json();
  const week = Array.from({ length: 7 }, () => [{ from: 0, to: 24 * 60 }]);
  await ask("PUT", "/api/desk/settings", { ...settings, hours: { week, special: [] }, assign: true, capacity: CAPACITY });
}

async function work(name) {
  const { ask, headers } = await signIn(name, `${name}-password`);
  const { "Content-Type": _, ...handshake } = headers;
  const socket = new WebSocket(`${shop.replace("http", "ws")}/ws/desk`, { protocols: ["xiaoer.v1"], headers: handshake });
  const send = (frame) => socket.send(JSON.stringify(frame));
  const settle = (id) => ask("POST", `/api/desk/cases/${id}/resolve`, { reason: "已解决" });
  socket.onopen = () => send({ type: "hello" });
  socket.onclose = ({ code }) => { throw new Error(`${name}: closed with ${code}`); };
  socket.onmessage = ({ data }) => {
    const frame = JSON.parse(data);
    if (frame.type === "ping") send({ type: "pong" });
    if (frame.type !== "case" || frame.change !== "assigned") return;
    const { id, conversation_id } = frame.case;
    send({ type: "say", conversation_id, client_id: id, text: "您好，我来帮您" });
    setTimeout(() => settle(id), SHORTEST_MS + Math.random() * (LONGEST_MS - SHORTEST_MS));
  };
}

await openTheDesk();
await Promise.all(agents.map(work));
console.log("the desk is open");
