import { describe, expect, it } from "vitest";
import type { ClientFrame, Message, ServerFrame } from "@xiaoer/protocol";
import { delay } from "./backoff.ts";
import { Connection, type Socket } from "./connection.ts";

/** A server end of a socket, driven by the test. */
class FakeSocket implements Socket {
  sent: ClientFrame[] = [];
  closed = false;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  send(text: string): void {
    this.sent.push(JSON.parse(text) as ClientFrame);
  }
  close(): void {
    this.closed = true;
  }
  says(): string[] {
    return this.sent.flatMap((frame) => (frame.type === "say" ? [frame.client_id] : []));
  }
  give(frame: ServerFrame): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
}

class World {
  sockets: FakeSocket[] = [];
  stored = new Map<string, string>();
  timers = new Map<number, { run: () => void; ms: number }>();
  private next = 1;
  connection = this.start();

  start(): Connection {
    return new Connection(
      "ws://shop/ws/chat",
      "token",
      {
        open: () => {
          const socket = new FakeSocket();
          this.sockets.push(socket);
          return socket;
        },
        storage: {
          getItem: (key) => this.stored.get(key) ?? null,
          setItem: (key, value) => void this.stored.set(key, value),
          removeItem: (key) => void this.stored.delete(key),
        },
        setTimeout: (run, ms) => {
          this.timers.set(this.next, { run, ms });
          return this.next++;
        },
        clearTimeout: (timer) => void this.timers.delete(timer),
        random: () => 0.5,
        newId: () => `id-${this.next++}`,
      },
      () => {},
    );
  }

  get socket(): FakeSocket {
    return this.sockets.at(-1)!;
  }

  /** Opens the newest socket and welcomes it. */
  welcome(messages: Message[] = [], reset = false): void {
    this.socket.onopen?.();
    this.socket.give({
      type: "welcome",
      token: "t",
      conversation_id: "c",
      status: "bot",
      last_sequence: messages.at(-1)?.sequence ?? 0,
      reset,
      messages,
      has_earlier: false,
      shop: { name: "店", greeting: "好", hot_questions: [], human_hours: "" },
    });
  }

  /** Runs the timers of this length. */
  pass(ms: number): void {
    for (const [id, timer] of [...this.timers]) {
      if (timer.ms === ms && this.timers.delete(id)) timer.run();
    }
  }
}

function message(sequence: number, author: Message["author"] = "bot", clientId?: string): Message {
  const id = clientId === undefined ? {} : { client_id: clientId };
  return { sequence, id: `m${sequence}`, author, at: sequence, body: { text: `#${sequence}` } as Message["body"], ...id };
}

describe("the connection", () => {
  it("says hello first and sends what was typed meanwhile", () => {
    const world = new World();
    world.connection.say("在吗");
    world.welcome();
    expect(world.socket.sent.map((frame) => frame.type)).toEqual(["hello", "say"]);
  });

  it("shows one bubble when an acknowledgement was lost and the message is sent again", () => {
    const world = new World();
    world.connection.connect();
    world.welcome();
    world.connection.say("在吗");
    const [clientId] = world.socket.says();
    world.socket.onclose?.({ code: 1006 });
    world.pass(375);
    world.welcome([message(1, "shopper", clientId), message(2)]);
    expect(world.socket.says()).toEqual([clientId]);
    world.socket.give({ type: "ack", client_id: clientId!, sequence: 1, at: 1 });
    const { transcript } = world.connection.current;
    expect(transcript.messages.map((one) => one.sequence)).toEqual([1, 2]);
    expect(transcript.pending).toEqual([]);
    expect(world.stored.has("token.outbox")).toBe(false);
  });

  it("resumes with what it holds, and equals the uninterrupted conversation", () => {
    const world = new World();
    world.connection.connect();
    world.welcome([message(1), message(2)], true);
    world.socket.onclose?.({ code: 1012 });
    world.pass(375);
    world.socket.onopen?.();
    expect(world.socket.sent[0]).toMatchObject({ type: "hello", token: "t", last_sequence: 2 });
    world.welcome([message(3), message(4)]);
    expect(world.connection.current.transcript.messages.map((one) => one.sequence)).toEqual([1, 2, 3, 4]);
  });

  it("takes a gap for a reason to say hello again", () => {
    const world = new World();
    world.connection.connect();
    world.welcome([message(1)], true);
    world.socket.give({ type: "message", message: message(3) });
    expect(world.sockets).toHaveLength(2);
    world.welcome([message(2), message(3)]);
    expect(world.connection.current.transcript.messages.map((one) => one.sequence)).toEqual([1, 2, 3]);
  });

  it("keeps unsent messages over a reload, in order, and forgets them with the visitor", () => {
    const world = new World();
    world.connection.say("一");
    world.connection.say("二");
    const reloaded = world.start();
    expect(reloaded.current.transcript.pending.map((one) => one.text)).toEqual(["一", "二"]);
    reloaded.connect();
    world.welcome();
    expect(world.socket.sent.flatMap((frame) => (frame.type === "say" ? [frame.text] : []))).toEqual(["一", "二"]);
    reloaded.forget();
    expect(world.stored.size).toBe(0);
  });

  it("waits as long as it is told when it was too fast", () => {
    const world = new World();
    world.connection.connect();
    world.welcome();
    world.connection.say("快");
    const [clientId] = world.socket.says();
    world.socket.give({ type: "error", code: "rate_limited", message: "慢", client_id: clientId!, retry_after_ms: 700 });
    expect(world.socket.says()).toHaveLength(1);
    world.pass(700);
    expect(world.socket.says()).toEqual([clientId, clientId]);
  });

  it("offers a refused message for another try", () => {
    const world = new World();
    world.connection.connect();
    world.welcome();
    world.connection.say("长");
    const [clientId] = world.socket.says();
    world.socket.give({ type: "error", code: "too_long", message: "太长", client_id: clientId! });
    expect(world.connection.current.transcript.pending[0]).toMatchObject({ failed: "太长" });
  });

  it("drops a line on which nothing was heard for 45 s", () => {
    const world = new World();
    world.connection.connect();
    world.welcome();
    world.pass(15_000);
    expect(world.socket.sent.at(-1)).toEqual({ type: "ping" });
    world.pass(45_000);
    expect(world.connection.current.state).toBe("waiting");
    expect(world.socket.closed).toBe(true);
  });
});

describe("backoff", () => {
  it("grows, stays bounded, and spreads", () => {
    expect(delay(0, 0)).toBe(250);
    expect(delay(0, 1)).toBe(500);
    expect(delay(20, 1)).toBe(15_000);
    expect(delay(20, 0.5)).toBeGreaterThan(7_000);
  });
});
