import { describe, expect, it } from "vitest";
import type { ClientFrame, Message, ServerFrame } from "@xiaoer/protocol";
import { delay } from "./backoff.ts";
import { Connection, type SharedSurroundings } from "./connection.ts";
import type { Socket } from "./surroundings.ts";
import type { Storage } from "./outbox.ts";
import { claimSound } from "./sound.ts";
import { unread } from "./transcript.ts";

/** A server end of a socket, driven by the test. */
class FakeSocket implements Socket {
  sent: ClientFrame[] = [];
  closed = false;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  constructor(readonly plain: boolean) {}
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
  ack(sequence: number): void {
    this.give({ type: "ack", client_id: this.says().at(-1)!, sequence, at: 1 });
  }
}

/** What all tabs of a browser share. */
class Browser {
  values = new Map<string, string>();
  storage: Storage = ((values: Map<string, string>) => ({
    get length() {
      return values.size;
    },
    key: (index: number) => [...values.keys()][index] ?? null,
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => void values.set(key, value),
    removeItem: (key: string) => void values.delete(key),
  }))(this.values);
  /** A free lock is given at once, so that tests of a single tab need not wait. */
  private locks = new Map<string, (() => Promise<void>)[]>();
  exclusive = (name: string, task: () => Promise<void>): void => {
    const waiting = this.locks.get(name);
    if (waiting) return void waiting.push(task);
    this.locks.set(name, []);
    void this.run(name, task);
  };
  private async run(name: string, task: () => Promise<void>): Promise<void> {
    await task();
    const next = this.locks.get(name)?.shift();
    if (next) return this.run(name, next);
    this.locks.delete(name);
  }
}

/** One tab. */
class Tab {
  sockets: FakeSocket[] = [];
  timers = new Map<number, { run: () => void; ms: number }>();
  clock = 1_000_000;
  private next = 1;
  readonly around: SharedSurroundings;
  readonly connection: Connection;

  constructor(
    readonly browser = new Browser(),
    private readonly name = "id",
  ) {
    this.around = {
      open: (plain) => {
        const socket = new FakeSocket(plain);
        this.sockets.push(socket);
        return socket;
      },
      storage: browser.storage,
      exclusive: browser.exclusive,
      setTimeout: (run, ms) => {
        this.timers.set(this.next, { run, ms });
        return this.next++;
      },
      clearTimeout: (timer) => void this.timers.delete(timer),
      now: () => this.clock++,
      random: () => 0,
      newId: () => `${this.name}-${this.next++}`,
    };
    this.connection = new Connection("token", this.around, () => {});
  }

  get socket(): FakeSocket {
    return this.sockets.at(-1)!;
  }

  get sequences(): number[] {
    return this.connection.current.transcript.messages.map((one) => one.sequence);
  }

  get pending(): string[] {
    return this.connection.current.transcript.pending.map((one) => one.text);
  }

  /** Opens the newest socket and welcomes it. */
  welcome(messages: Message[] = [], reset = false, token = "t"): void {
    this.socket.onopen?.();
    this.socket.give({
      type: "welcome",
      token,
      conversation_id: "c",
      status: "bot",
      last_sequence: messages.at(-1)?.sequence ?? 0,
      reset,
      messages,
      has_earlier: false,
      read_sequence: 0,
      seen_sequence: 0,
      shop: { name: "店", greeting: "好", hot_questions: [], human_hours: "" },
    });
  }

  open(messages: Message[] = []): this {
    this.connection.connect();
    this.welcome(messages, messages.length > 0);
    return this;
  }

  /** Runs the timers of this length. */
  pass(ms: number): void {
    for (const [id, timer] of [...this.timers]) {
      if (timer.ms === ms && this.timers.delete(id)) timer.run();
    }
  }
}

const SOON = 300;
const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

function message(sequence: number, author: Message["author"] = "bot", clientId?: string): Message {
  const id = clientId === undefined ? {} : { client_id: clientId };
  return { sequence, id: `m${sequence}`, author, at: sequence, body: { text: `#${sequence}` } as Message["body"], ...id };
}

describe("the connection", () => {
  it("says hello first and sends what was typed meanwhile", () => {
    const tab = new Tab();
    tab.connection.say("在吗");
    tab.welcome();
    expect(tab.socket.sent.map((frame) => frame.type)).toEqual(["hello", "say"]);
  });

  it("shows one bubble when an acknowledgement was lost and the message is sent again", async () => {
    const tab = new Tab().open();
    tab.connection.say("在吗");
    const [clientId] = tab.socket.says();
    tab.socket.onclose?.({ code: 1006 });
    tab.pass(SOON);
    await settled();
    tab.welcome([message(1, "shopper", clientId), message(2)]);
    expect(tab.socket.says()).toEqual([clientId]);
    tab.socket.ack(1);
    expect(tab.sequences).toEqual([1, 2]);
    expect(tab.pending).toEqual([]);
    expect([...tab.browser.values.keys()]).toEqual(["token"]);
  });

  it("line 34: resumes with what it holds, and equals the uninterrupted conversation", () => {
    const steady = new Tab().open();
    const tab = new Tab().open();
    const all = Array.from({ length: 40 }, (_, index) => message(index + 1, index % 2 ? "bot" : "shopper", index % 2 ? undefined : `x${index}`));
    for (const one of all) steady.socket.give({ type: "message", message: one });
    // Cut after every third message; what is missed comes with the next welcome, sometimes with the last one again.
    for (let at = 0; at < all.length; ) {
      for (const one of all.slice(at, at + 3)) tab.socket.give({ type: "message", message: one });
      tab.socket.onclose?.({ code: 1006 });
      tab.pass(SOON);
      const held = tab.sequences.at(-1)!;
      tab.socket.onopen?.();
      expect(tab.socket.sent[0]).toMatchObject({ type: "hello", token: "t", last_sequence: held });
      tab.welcome(all.slice(held - (at % 2), held + 2));
      at = held + 2;
    }
    expect(tab.connection.current.transcript).toEqual(steady.connection.current.transcript);
  });

  it("line 35: takes a snapshot in the place of what it held, keeps what waits, and does not loop", () => {
    const tab = new Tab().open([message(1), message(2)]);
    tab.socket.onclose?.({ code: 1006 });
    tab.connection.say("等一下");
    tab.welcome([message(201), message(202)], true);
    expect(tab.sequences).toEqual([201, 202]);
    expect(tab.pending).toEqual(["等一下"]);
    expect(tab.sockets).toHaveLength(2);
    tab.socket.give({ type: "message", message: message(203) });
    expect(tab.sockets).toHaveLength(2);
  });

  it("takes a gap for a reason to say hello again", () => {
    const tab = new Tab().open([message(1)]);
    tab.socket.give({ type: "message", message: message(3) });
    expect(tab.sockets).toHaveLength(2);
    tab.welcome([message(2), message(3)]);
    expect(tab.sequences).toEqual([1, 2, 3]);
  });

  it("line 37: keeps unsent messages over a reload, visible, and sends them in order, one after the other", () => {
    const tab = new Tab();
    for (const text of ["一", "二", "三"]) tab.connection.say(text);
    const reloaded = new Tab(tab.browser, "later");
    reloaded.clock = tab.clock;
    expect(reloaded.pending).toEqual(["一", "二", "三"]);
    reloaded.connection.say("四");
    reloaded.welcome();
    const texts = () => reloaded.socket.sent.flatMap((frame) => (frame.type === "say" ? [frame.text] : []));
    expect(texts()).toEqual(["一"]);
    for (let sequence = 1; sequence <= 4; sequence++) reloaded.socket.ack(sequence);
    expect(texts()).toEqual(["一", "二", "三", "四"]);
    expect([...tab.browser.values.keys()]).toEqual(["token"]);
  });

  it("waits as long as it is told, shows why, and lets nothing overtake", () => {
    for (const code of ["rate_limited", "busy"] as const) {
      const tab = new Tab().open();
      tab.connection.say("快");
      tab.connection.say("更快");
      const [clientId] = tab.socket.says();
      tab.socket.give({ type: "error", code, message: "请稍等", client_id: clientId!, retry_after_ms: 700 });
      expect(tab.connection.current.notice).toBe("请稍等");
      expect(tab.pending).toEqual(["快", "更快"]);
      expect(tab.socket.says()).toHaveLength(1);
      tab.pass(700);
      expect(tab.socket.says()).toEqual([clientId, clientId]);
      tab.socket.ack(1);
      expect(tab.connection.current.notice).toBeNull();
      expect(tab.socket.says()).toHaveLength(3);
    }
  });

  it("offers a refused message for another try, also after a reload, and goes on with the next", () => {
    const tab = new Tab().open();
    tab.connection.say("长");
    tab.connection.say("短");
    const [clientId] = tab.socket.says();
    tab.socket.give({ type: "error", code: "too_long", message: "太长", client_id: clientId! });
    expect(tab.connection.current.transcript.pending[0]).toMatchObject({ text: "长", failed: "太长" });
    expect(tab.socket.says()).toHaveLength(2);
    const reloaded = new Tab(tab.browser, "later");
    expect(reloaded.connection.current.transcript.pending[0]).toMatchObject({ text: "长", failed: "太长" });
    reloaded.connection.resend(clientId!);
    expect(reloaded.connection.current.transcript.pending.map((one) => one.failed)).toEqual([undefined, undefined]);
  });

  it("line 21: drops a line on which nothing was heard for 45 s, and answers the server's question", () => {
    const tab = new Tab().open();
    tab.socket.give({ type: "ping" });
    expect(tab.socket.sent.at(-1)).toEqual({ type: "pong" });
    tab.pass(15_000);
    expect(tab.socket.sent.at(-1)).toEqual({ type: "ping" });
    tab.pass(45_000);
    expect(tab.connection.current.state).toBe("waiting");
    expect(tab.socket.closed).toBe(true);
  });

  it("asks a line for a sign of life when the phone wakes up, and does not wait long", () => {
    const tab = new Tab().open();
    tab.connection.wake();
    expect(tab.socket.sent.at(-1)).toEqual({ type: "ping" });
    tab.pass(5_000);
    expect(tab.connection.current.state).toBe("waiting");
    tab.connection.wake();
    expect(tab.sockets).toHaveLength(2);
  });

  it("goes without a WebSocket where one gets nowhere", () => {
    const tab = new Tab();
    tab.connection.connect();
    for (const attempt of [0, 1, 2]) {
      tab.socket.onclose?.({ code: 1006 });
      tab.pass(delay(attempt, 0));
    }
    expect(tab.sockets.map((socket) => socket.plain)).toEqual([false, false, true, false]);
    tab.welcome();
    tab.socket.onclose?.({ code: 1006 });
    tab.pass(SOON);
    expect(tab.socket.plain).toBe(false);
  });

  it("line 9: shows the next visitor nothing of the one before", async () => {
    const tab = new Tab().open([message(1, "shopper", "a"), message(2)]);
    tab.connection.say("我的地址");
    tab.connection.forget();
    expect(tab.socket.sent.at(-1)).toEqual({ type: "leave" });
    expect(tab.browser.values.size).toBe(0);
    expect(tab.connection.current.transcript).toEqual({ messages: [], pending: [], hasEarlier: false });
    await settled();
    tab.connection.connect();
    tab.welcome([], true, "another");
    expect(tab.socket.sent).toEqual([{ type: "hello", last_sequence: 0, page: {} }]);
  });

  it("says who the customer is with every hello, until they leave", async () => {
    const tab = new Tab().open([message(1)]);
    tab.connection.identify("jwt");
    expect(tab.socket.sent).toEqual([]);
    tab.welcome([], false);
    expect(tab.socket.sent[0]).toMatchObject({ type: "hello", token: "t", jwt: "jwt", last_sequence: 1 });
    tab.connection.forget();
    await settled();
    tab.connection.connect();
    tab.welcome([], true, "another");
    expect(tab.socket.sent[0]).not.toHaveProperty("jwt");
  });

  it("line 4: asks once for a better word than one that is not believed, and goes on without one", () => {
    const tab = new Tab().open([message(1)]);
    const refuse = () => {
      const socket = tab.socket;
      socket.onopen?.();
      socket.give({ type: "error", code: "bad_identity", message: "登录信息无效" });
      // The close that comes after it means nothing to the visitor any longer.
      socket.onclose?.({ code: 4401 });
    };
    tab.connection.identify("old");
    refuse();
    expect(tab.connection.current.refused).toBe(true);
    tab.welcome();
    expect(tab.socket.sent).toEqual([{ type: "hello", token: "t", last_sequence: 1, page: {} }]);
    expect(tab.connection.current).toMatchObject({ state: "open", refused: true, transcript: { messages: [message(1)] } });
    // The page's second word is no better: nobody asks for a third.
    tab.connection.identify("still old");
    refuse();
    tab.welcome();
    expect(tab.connection.current).toMatchObject({ state: "open", refused: true });
    expect(tab.sockets).toHaveLength(5);
    tab.connection.identify("new");
    tab.welcome();
    expect(tab.socket.sent[0]).toMatchObject({ jwt: "new" });
    expect(tab.connection.current.refused).toBe(false);
  });

  it("says what the page said while the line was being opened", () => {
    const tab = new Tab();
    tab.connection.connect();
    tab.socket.onopen?.();
    tab.connection.identify("jwt");
    const first = tab.socket;
    tab.welcome();
    expect(first.closed).toBe(true);
    tab.welcome();
    expect(tab.socket.sent[0]).toMatchObject({ type: "hello", jwt: "jwt" });
    expect(tab.sockets).toHaveLength(2);
  });

  it("line 8: forgets a token that is not good any longer", () => {
    const tab = new Tab().open([message(1)]);
    tab.socket.onclose?.({ code: 4401 });
    expect(tab.connection.token).toBeNull();
    expect(tab.connection.current).toMatchObject({ state: "idle", transcript: { messages: [] } });
  });

  it("says that somebody types every few seconds at most, and forgets what others typed", () => {
    const tab = new Tab().open();
    tab.connection.typing(false);
    for (let keys = 0; keys < 5; keys++) tab.connection.typing(true);
    tab.connection.typing(false);
    expect(tab.socket.sent.slice(1)).toEqual([{ type: "typing", on: true }, { type: "typing", on: false }]);
    tab.socket.give({ type: "typing", author: "agent", on: true });
    expect(tab.connection.current.typing).toBe(true);
    tab.pass(6_000);
    expect(tab.connection.current.typing).toBe(false);
  });

  it("counts what was not read, on whichever tab it was read", () => {
    const tab = new Tab().open([message(1, "shopper", "a"), message(2), message(3)]);
    const count = () => unread(tab.connection.current.transcript, tab.connection.current.read);
    expect(count()).toBe(2);
    tab.socket.give({ type: "read", author: "shopper", sequence: 2 });
    expect(count()).toBe(1);
    tab.connection.markRead();
    tab.connection.markRead();
    expect(tab.socket.sent.slice(1)).toEqual([{ type: "read", sequence: 3 }]);
    tab.socket.give({ type: "read", author: "agent", sequence: 1 });
    expect(tab.connection.current.seen).toBe(1);
  });
});

describe("two tabs", () => {
  it("line 37: do not send twice, whoever types", async () => {
    const browser = new Browser();
    const first = new Tab(browser, "first").open();
    const second = new Tab(browser, "second").open();
    first.connection.say("一");
    second.connection.say("二");
    first.connection.storageChanged();
    second.connection.storageChanged();
    expect([first.pending, second.pending]).toEqual([["一", "二"], ["一", "二"]]);
    const said = () => [...first.socket.says(), ...second.socket.says()];
    expect(said()).toEqual(["first-" + said()[0]!.split("-")[1]]);
    first.socket.ack(1);
    first.socket.ack(3);
    await settled();
    second.connection.storageChanged();
    expect(new Set(said()).size).toBe(2);
    expect(said()).toHaveLength(2);
    expect([...browser.values.keys()]).toEqual(["token"]);
  });

  it("take over what a closed tab had not sent", async () => {
    const browser = new Browser();
    const first = new Tab(browser, "first").open();
    const second = new Tab(browser, "second").open();
    first.connection.say("一");
    first.socket.onclose?.({ code: 1006 });
    await settled();
    second.connection.storageChanged();
    await settled();
    expect(second.socket.says()).toEqual(first.socket.says().concat(first.sockets[0]!.says()).slice(0, 1));
  });

  it("become one visitor, not two", async () => {
    const browser = new Browser();
    const first = new Tab(browser, "first");
    const second = new Tab(browser, "second");
    first.connection.connect();
    second.connection.connect();
    first.socket.onopen?.();
    second.socket.onopen?.();
    expect(second.socket.sent).toEqual([]);
    first.welcome();
    await settled();
    expect(second.socket.sent).toEqual([{ type: "hello", token: "t", last_sequence: 0, page: {} }]);
  });

  it("line 9: both forget the visitor when one does", () => {
    const browser = new Browser();
    const first = new Tab(browser, "first").open([message(1)]);
    const second = new Tab(browser, "second").open([message(1)]);
    first.connection.forget();
    second.connection.storageChanged();
    expect(second.connection.current).toMatchObject({ state: "idle", transcript: { messages: [] } });
    expect(second.socket.closed).toBe(true);
  });

  it("make one sound", async () => {
    const browser = new Browser();
    let sounds = 0;
    const tabs = [new Tab(browser, "first"), new Tab(browser, "second"), new Tab(browser, "third")];
    for (const sequence of [2, 4]) {
      for (const tab of tabs) claimSound(tab.around, "sound", sequence, () => sounds++);
      await settled();
    }
    expect(sounds).toBe(2);
  });
});

describe("a person", () => {
  it("shows the place until one comes, and whose name it is", () => {
    const tab = new Tab().open();
    tab.socket.give({ type: "status", status: "waiting" });
    tab.socket.give({ type: "queue", place: 3, estimate_s: 170, bot: false });
    expect(tab.connection.current.queue).toMatchObject({ place: 3, estimate_s: 170 });
    tab.connection.say("还有人吗");
    expect(tab.connection.current.awaiting).toBe(false);
    tab.socket.give({ type: "status", status: "agent", agent: "小王" });
    expect(tab.connection.current).toMatchObject({ status: "agent", agent: "小王", queue: null });
    tab.socket.give({ type: "typing", author: "agent", on: true });
    expect(tab.connection.current.typing).toBe(true);
    tab.socket.give({ type: "read", author: "agent", sequence: 1 });
    expect(tab.connection.current.seen).toBe(1);
  });

  it("awaits the assistant's answer while it still answers", () => {
    const tab = new Tab().open();
    tab.socket.give({ type: "status", status: "waiting" });
    tab.socket.give({ type: "queue", opens_at: 9, bot: true });
    tab.connection.say("运费怎么算");
    expect(tab.connection.current.awaiting).toBe(true);
    tab.socket.give({ type: "status", status: "agent", agent: "小王" });
    expect(tab.connection.current.awaiting).toBe(false);
  });

  it("is not waited for any longer when the shopper says so", () => {
    const tab = new Tab().open();
    tab.connection.cancelWait();
    expect(tab.socket.sent.at(-1)).toEqual({ type: "cancel_wait" });
  });

  it("is rated once, in whichever tab", () => {
    const tab = new Tab().open();
    tab.connection.rateService(true, 5, "");
    expect(tab.socket.sent.some((frame) => frame.type === "rate_service")).toBe(false);
    tab.socket.give({ type: "rating_request", case_id: "k" });
    tab.connection.rateService(true, 5, "很好");
    expect(tab.socket.sent.at(-1)).toEqual({ type: "rate_service", case_id: "k", solved: true, stars: 5, comment: "很好" });
    expect(tab.connection.current.rateCase).toBe("k");
    tab.socket.give({ type: "rated", case_id: "another" });
    expect(tab.connection.current.rateCase).toBe("k");
    tab.socket.give({ type: "rated", case_id: "k" });
    expect(tab.connection.current).toMatchObject({ rateCase: undefined, rated: true });
  });

  it("is not rated after the server has said that it is too late", () => {
    const tab = new Tab().open();
    tab.socket.give({ type: "rating_request", case_id: "k" });
    tab.socket.give({ type: "error", code: "not_found", message: "没有找到" });
    expect(tab.connection.current.rateCase).toBeUndefined();
  });
});

describe("line 38: backoff", () => {
  it("brings a thousand clients back spread over ten seconds and more", () => {
    const times = Array.from({ length: 1_000 }, (_, client) => delay(0, ((client * 0.6180339887) % 1)));
    expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(10_000);
    const perSecond = new Map<number, number>();
    for (const time of times) perSecond.set(Math.floor(time / 1_000), (perSecond.get(Math.floor(time / 1_000)) ?? 0) + 1);
    expect(Math.max(...perSecond.values())).toBeLessThan(120);
  });

  it("grows and stays bounded", () => {
    expect(delay(0, 0)).toBe(300);
    expect(delay(1, 1)).toBeGreaterThan(delay(0, 1));
    expect(delay(50, 1)).toBe(30_000);
  });
});
