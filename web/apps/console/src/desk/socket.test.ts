import type { DeskClientFrame, DeskServerFrame } from "@xiaoer/protocol";
import { describe, expect, it } from "vitest";
import type { PendingMessage } from "./outbox.ts";
import type { Socket } from "@xiaoer/realtime";
import { delay, DeskSocket, type LineState } from "./socket.ts";

class FakeSocket implements Socket {
  sent: DeskClientFrame[] = [];
  closed = false;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  send(text: string): void {
    this.sent.push(JSON.parse(text) as DeskClientFrame);
  }
  close(): void {
    this.closed = true;
  }
  give(frame: DeskServerFrame): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
  says(): string[] {
    return this.sent.flatMap((frame) => (frame.type === "say" ? [frame.text] : []));
  }
}

function memory(): Storage {
  const values = new Map<string, string>();
  return {
    get length() {
      return values.size;
    },
    key: (index: number) => [...values.keys()][index] ?? null,
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => void values.set(key, value),
    removeItem: (key: string) => void values.delete(key),
    clear: () => values.clear(),
  };
}

/** A desk with a clock that only the test moves. */
class World {
  sockets: FakeSocket[] = [];
  frames: DeskServerFrame[] = [];
  states: LineState[] = [];
  pending: PendingMessage[] = [];
  signedOut = false;
  time = 0;
  private timers = new Map<number, { at: number; run: () => void }>();
  private last = 0;
  desk: DeskSocket;

  constructor(storage: Storage = memory()) {
    this.desk = new DeskSocket(
      "wang",
      {
        open: () => this.sockets[this.sockets.push(new FakeSocket()) - 1]!,
        storage,
        setTimeout: (run, ms) => (this.timers.set(++this.last, { at: this.time + ms, run }), this.last),
        clearTimeout: (timer) => void this.timers.delete(timer),
        now: () => this.time,
        random: () => 0.5,
        newId: () => `c-${++this.last}`,
      },
      {
        frame: (frame) => void this.frames.push(frame),
        line: (state) => void this.states.push(state),
        outbox: (messages) => (this.pending = messages),
        signedOut: () => (this.signedOut = true),
      },
    );
  }

  get socket(): FakeSocket {
    return this.sockets.at(-1)!;
  }

  welcome(): void {
    this.socket.onopen?.();
    const counters = { waiting: 0, tickets: 0, open: 0, mine: 0, resolved_today: 0, agents_online: 1 };
    const me = { id: "a1", name: "wang", display_name: "小王", role: "agent", presence: "online" as const, open: 0, capacity: 5, groups: [] };
    this.socket.give({ type: "welcome", me, cases: [], queue: [], counters, agents: [me], groups: [], now: 0 });
  }

  pass(ms: number): void {
    const end = this.time + ms;
    for (;;) {
      const due = [...this.timers].filter(([, timer]) => timer.at <= end).sort((a, b) => a[1].at - b[1].at)[0];
      if (!due) break;
      this.timers.delete(due[0]);
      this.time = due[1].at;
      due[1].run();
    }
    this.time = end;
  }
}

function open(storage?: Storage): World {
  const world = new World(storage);
  world.desk.start();
  world.welcome();
  return world;
}

describe("the desk's line", () => {
  it("says hello first and nothing else before the welcome", () => {
    const world = new World();
    world.desk.start();
    world.desk.view("v1", true);
    world.desk.say({ conversation: "v1", text: "您好" });
    world.socket.onopen?.();
    expect(world.socket.sent).toEqual([{ type: "hello" }]);
    world.welcome();
    expect(world.socket.sent.slice(2).map((frame) => frame.type)).toEqual(["view", "say"]);
    expect(world.states).toEqual(["connecting", "open"]);
  });

  it("opens views again and resends under the first client_id after a break", () => {
    const world = open();
    world.desk.view("v1", true);
    world.desk.view("v2", true);
    world.desk.view("v2", false);
    world.desk.watchAll(true);
    const one = world.desk.say({ conversation: "v1", text: "一" });
    const two = world.desk.say({ conversation: "v1", text: "二" });
    world.socket.give({ type: "ack", conversation_id: "v1", client_id: one, sequence: 9, at: 1 });
    world.socket.onclose?.({ code: 1006 });
    expect(world.states.at(-1)).toBe("waiting");
    world.pass(delay(0, 0.5));
    world.welcome();
    expect(world.socket.sent.slice(1)).toEqual([
      { type: "view", conversation_id: "v1", on: true },
      { type: "watch_all", on: true },
      { type: "say", conversation_id: "v1", client_id: two, text: "二", products: [] },
    ]);
    world.socket.give({ type: "ack", conversation_id: "v1", client_id: two, sequence: 10, at: 2 });
    expect(world.pending).toEqual([]);
  });

  it("keeps what was not acknowledged over a reload", () => {
    const storage = memory();
    const before = open(storage);
    before.desk.say({ conversation: "v1", text: "一", products: ["SS-001"], suggestion: "s1" });
    const after = new World(storage);
    after.desk.start();
    expect(after.pending.map((one) => one.text)).toEqual(["一"]);
    after.welcome();
    expect(after.socket.sent.at(-1)).toMatchObject({ type: "say", text: "一", products: ["SS-001"], suggestion: "s1" });
  });

  it("takes its own message frame for an acknowledgement", () => {
    const world = open();
    const id = world.desk.say({ conversation: "v1", text: "一" });
    world.socket.give({ type: "message", conversation_id: "v1", message: { sequence: 3, id: "m", client_id: id, author: "agent", at: 1, body: { text: "一" } } });
    expect(world.pending).toEqual([]);
  });

  it("keeps a refused message for the agent and does not resend it by itself", () => {
    const world = open();
    const id = world.desk.say({ conversation: "v1", text: "一" });
    world.socket.give({ type: "error", code: "forbidden", message: "不是您的会话", client_id: id });
    expect(world.pending[0]?.failed).toBe("不是您的会话");
    world.socket.onclose?.({ code: 1006 });
    world.pass(30_000);
    world.welcome();
    expect(world.socket.says()).toEqual([]);
    world.desk.retry(id);
    expect(world.socket.says()).toEqual(["一"]);
    expect(world.pending[0]?.failed).toBeUndefined();
    world.desk.discard(id);
    expect(world.pending).toEqual([]);
  });

  it("answers ping, pings, and gives a silent line up", () => {
    const world = open();
    world.socket.give({ type: "ping" });
    expect(world.socket.sent.at(-1)).toEqual({ type: "pong" });
    world.pass(12_000);
    expect(world.socket.sent.at(-1)).toEqual({ type: "ping" });
    const dead = world.socket;
    world.pass(20_000);
    expect(dead.closed).toBe(true);
    expect(world.sockets.length).toBeGreaterThan(1);
    dead.give({ type: "pong" });
    expect(world.frames.at(-1)?.type).not.toBe("pong");
  });

  it("comes back at once when it is woken", () => {
    const world = open();
    world.socket.onclose?.({ code: 1006 });
    world.desk.wake();
    expect(world.sockets.length).toBe(2);
    world.welcome();
    world.desk.wake();
    world.pass(4_000);
    expect(world.socket.closed || world.sockets.length > 2).toBe(true);
  });

  it("stays away once signed out", () => {
    const world = open();
    world.socket.onclose?.({ code: 4401 });
    world.pass(60_000);
    expect(world.signedOut).toBe(true);
    expect(world.sockets.length).toBe(1);
  });

  it("says that somebody types at most every three seconds, and that it ended", () => {
    const world = open();
    const count = (): number => world.socket.sent.filter((frame) => frame.type === "typing").length;
    world.desk.typing("v1", true);
    world.desk.typing("v1", true);
    expect(count()).toBe(1);
    world.pass(3_000);
    world.desk.typing("v1", true);
    expect(count()).toBe(2);
    world.desk.typing("v1", false);
    world.desk.typing("v1", false);
    expect(count()).toBe(3);
  });

  it("waits longer each time, spread by chance", () => {
    expect(delay(0, 0)).toBe(250);
    expect(delay(0, 1)).toBe(1_500);
    expect(delay(3, 1)).toBeGreaterThan(delay(2, 1));
    expect(delay(50, 1)).toBe(20_000);
  });
});
