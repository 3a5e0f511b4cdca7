/**
 * The agent's line to the desk: says hello, keeps views open, resends what was not acknowledged, notices a dead line
 * and comes back. It has no interface; whoever listens gets each frame in order. Everything that a browser gives is
 * handed in, so that tests need neither network nor real time.
 *
 * Invariants: nothing but `hello` goes out before `welcome`. After each `welcome` the views that are on the screen are
 * opened again, and then everything that waits in the outbox is sent again, oldest first, each under its first
 * `client_id`. A message leaves the outbox by its `ack`, by its own `message` frame, or by the agent's hand.
 */
import type { DeskClientFrame, DeskServerFrame, Presence } from "@xiaoer/protocol";
import { CLOSE_SIGNED_OUT } from "@xiaoer/protocol";
import { pace, type Socket, type Surroundings } from "@xiaoer/realtime";
import { Outbox, type PendingMessage } from "./outbox.ts";

const PING_MS = 12_000;
/** The server pings too; nothing at all for so long is a dead line. */
const SILENCE_MS = 27_000;
/** A machine that wakes up finds out sooner. */
const WAKING_MS = 4_000;
/** A shop has few agents, and a shopper waits for each. */
export const delay = pace(250, 1_500, 1.7, 20_000);
const TYPING_EVERY_MS = 3_000;

export type LineState = "idle" | "connecting" | "open" | "waiting";

export interface Listener {
  frame(frame: DeskServerFrame): void;
  line(state: LineState): void;
  outbox(messages: PendingMessage[]): void;
  signedOut(): void;
}

export interface Saying {
  conversation: string;
  text: string;
  products?: string[];
  suggestion?: string;
}

export class DeskSocket {
  private socket: Socket | null = null;
  private state: LineState = "idle";
  private attempt = 0;
  private readonly timers = { retry: 0, ping: 0, silence: 0 };
  private readonly views = new Set<string>();
  private watchesAll = false;
  private readonly typedAt = new Map<string, number>();
  private readonly waiting: Outbox;

  constructor(
    agent: string,
    private readonly around: Surroundings,
    private readonly listener: Listener,
  ) {
    this.waiting = new Outbox(around.storage, `desk.outbox.${agent}.`);
  }

  start(): void {
    this.listener.outbox(this.waiting.all());
    this.connect();
  }

  stop(): void {
    this.hangUp();
    this.become("idle");
  }

  /** The network is back, or the machine woke up: comes back at once, or finds out whether the line still lives. */
  wake(): void {
    if (this.state === "waiting") this.connect();
    else if (this.state === "open") {
      this.write({ type: "ping" });
      this.expectLife(WAKING_MS);
    }
  }

  presence(presence: Presence): void {
    this.write({ type: "presence", presence });
  }

  view(conversation: string, on: boolean): void {
    if (on) this.views.add(conversation);
    else this.views.delete(conversation);
    this.write({ type: "view", conversation_id: conversation, on });
  }

  watchAll(on: boolean): void {
    this.watchesAll = on;
    this.write({ type: "watch_all", on });
  }

  /** Sends a message, now or as soon as there is a line. */
  say({ conversation, text, products = [], suggestion }: Saying): string {
    const message = { conversation, clientId: this.around.newId(), text, products, suggestion, at: this.around.now() };
    this.typing(conversation, false);
    this.waiting.put(message);
    this.changed();
    this.send(message);
    return message.clientId;
  }

  /** Sends a refused message again. */
  retry(clientId: string): void {
    const message = this.waiting.get(clientId);
    if (!message) return;
    const again = { ...message, failed: undefined };
    this.waiting.put(again);
    this.changed();
    this.send(again);
  }

  discard(clientId: string): void {
    if (this.waiting.remove(clientId)) this.changed();
  }

  /** Tells colleagues and the shopper; at most every three seconds while it goes on. */
  typing(conversation: string, on: boolean): void {
    const last = this.typedAt.get(conversation);
    const now = this.around.now();
    if (on ? last !== undefined && now - last < TYPING_EVERY_MS : last === undefined) return;
    if (on) this.typedAt.set(conversation, now);
    else this.typedAt.delete(conversation);
    this.write({ type: "typing", conversation_id: conversation, on });
  }

  read(conversation: string, sequence: number): void {
    this.write({ type: "read", conversation_id: conversation, sequence });
  }

  private connect(): void {
    this.hangUp();
    this.become("connecting");
    const socket = this.around.open();
    this.socket = socket;
    const current = (run: () => void) => (): void => {
      if (socket === this.socket) run();
    };
    socket.onopen = current(() => socket.send(JSON.stringify({ type: "hello" } satisfies DeskClientFrame)));
    socket.onmessage = (event) => current(() => this.heard(String(event.data)))();
    socket.onclose = (event) => current(() => this.lost(event.code))();
    this.expectLife(SILENCE_MS);
  }

  private heard(text: string): void {
    this.expectLife(SILENCE_MS);
    const frame = JSON.parse(text) as DeskServerFrame;
    if (frame.type === "ping") this.write({ type: "pong" });
    if (frame.type === "ack") this.discard(frame.client_id);
    if (frame.type === "message" && frame.message.client_id) this.discard(frame.message.client_id);
    if (frame.type === "error" && frame.client_id) this.refused(frame.client_id, frame.message);
    if (frame.type === "welcome") this.welcomed();
    this.listener.frame(frame);
  }

  private welcomed(): void {
    this.attempt = 0;
    this.typedAt.clear();
    this.become("open");
    for (const conversation of this.views) this.write({ type: "view", conversation_id: conversation, on: true });
    if (this.watchesAll) this.write({ type: "watch_all", on: true });
    for (const message of this.waiting.all()) this.send(message);
    this.schedulePing();
  }

  private send(message: PendingMessage): void {
    if (message.failed !== undefined) return;
    const { conversation, clientId, text, products, suggestion } = message;
    this.write({ type: "say", conversation_id: conversation, client_id: clientId, text, products, ...(suggestion && { suggestion }) });
  }

  private refused(clientId: string, failed: string): void {
    const message = this.waiting.get(clientId);
    if (!message) return;
    this.waiting.put({ ...message, failed });
    this.changed();
  }

  private changed(): void {
    this.listener.outbox(this.waiting.all());
  }

  private lost(code: number): void {
    this.hangUp();
    if (code === CLOSE_SIGNED_OUT) {
      this.become("idle");
      return this.listener.signedOut();
    }
    this.become("waiting");
    this.timers.retry = this.around.setTimeout(() => this.connect(), delay(this.attempt++, this.around.random()));
  }

  private hangUp(): void {
    const socket = this.socket;
    this.socket = null;
    socket?.close();
    for (const timer of Object.values(this.timers)) this.around.clearTimeout(timer);
  }

  private expectLife(within: number): void {
    this.around.clearTimeout(this.timers.silence);
    this.timers.silence = this.around.setTimeout(() => this.lost(0), within);
  }

  private schedulePing(): void {
    this.around.clearTimeout(this.timers.ping);
    this.timers.ping = this.around.setTimeout(() => {
      this.write({ type: "ping" });
      this.schedulePing();
    }, PING_MS);
  }

  private write(frame: DeskClientFrame): void {
    if (this.state === "open") this.socket?.send(JSON.stringify(frame));
  }

  private become(state: LineState): void {
    if (state === this.state) return;
    this.state = state;
    this.listener.line(state);
  }
}
