/**
 * The connection of one shopper: says hello, resumes where it stopped, sends what waits, notices a dead line. It has
 * no interface; a face listens to `onChange`. Everything that a browser gives is handed in, so that tests need
 * neither network nor real time.
 */
import type { ClientFrame, PageContext, ServerFrame, ShopCard, Status, Verdict } from "@xiaoer/protocol";
import { CLOSE_RATE_LIMITED, SUBPROTOCOL } from "@xiaoer/protocol";
import { delay } from "./backoff.ts";
import { Outbox, type Storage } from "./outbox.ts";
import {
  EMPTY,
  lastSequence,
  leavesGap,
  reset,
  type Transcript,
  withMessages,
  withoutPending,
  withPending,
} from "./transcript.ts";

const PING_MS = 15_000;
const SILENCE_MS = 45_000;
const RATE_LIMITED_MS = 10_000;

/** What a browser's WebSocket offers, as far as it is used. */
export interface Socket {
  send(text: string): void;
  close(): void;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
}

export interface Surroundings {
  open(url: string, protocol: string): Socket;
  storage: Storage;
  setTimeout(run: () => void, ms: number): number;
  clearTimeout(timer: number): void;
  random(): number;
  newId(): string;
}

export interface View {
  state: "idle" | "connecting" | "open" | "waiting";
  transcript: Transcript;
  status: Status;
  shop: ShopCard | null;
  /** Whether an answer is awaited. */
  awaiting: boolean;
  /** The newest error that concerns no single message. */
  notice: string | null;
}

export class Connection {
  private view: View = {
    state: "idle",
    transcript: EMPTY,
    status: "bot",
    shop: null,
    awaiting: false,
    notice: null,
  };
  private socket: Socket | null = null;
  private attempt = 0;
  private retryTimer = 0;
  private pingTimer = 0;
  private silenceTimer = 0;
  /** Messages that were sent on the present socket and are not acknowledged yet. */
  private sent = new Set<string>();
  private readonly outbox: Outbox;
  page: PageContext = {};

  constructor(
    private readonly url: string,
    private readonly tokenKey: string,
    private readonly around: Surroundings,
    private readonly onChange: (view: View) => void,
  ) {
    this.outbox = new Outbox(around.storage, `${tokenKey}.outbox`);
    for (const waiting of this.outbox.all()) this.view.transcript = withPending(this.view.transcript, waiting);
  }

  /** The token of this visitor, once there is one. */
  get token(): string | null {
    return this.around.storage.getItem(this.tokenKey);
  }

  get current(): View {
    return this.view;
  }

  connect(): void {
    if (this.socket) return;
    this.around.clearTimeout(this.retryTimer);
    this.change({ state: "connecting" });
    const socket = this.around.open(this.url, SUBPROTOCOL);
    this.socket = socket;
    this.sent.clear();
    socket.onopen = () => {
      const token = this.token;
      this.write({
        type: "hello",
        ...(token ? { token } : {}),
        last_sequence: lastSequence(this.view.transcript),
        page: this.page,
      });
      this.heard();
    };
    socket.onmessage = (event) => {
      this.heard();
      this.receive(JSON.parse(String(event.data)) as ServerFrame);
    };
    socket.onclose = (event) => this.lost(event.code);
  }

  /** Tries again at once, for example when the network is back. */
  wake(): void {
    if (this.view.state === "waiting") this.connect();
  }

  say(text: string): void {
    const message = { clientId: this.around.newId(), text };
    this.outbox.add(message);
    this.change({ transcript: withPending(this.view.transcript, message), awaiting: true, notice: null });
    if (this.view.state === "open") this.flush();
    else this.connect();
  }

  /** Sends a refused message again. */
  resend(clientId: string): void {
    const message = this.view.transcript.pending.find((one) => one.clientId === clientId);
    if (!message) return;
    this.change({ transcript: withoutPending(this.view.transcript, clientId) });
    this.outbox.remove(clientId);
    this.say(message.text);
  }

  rate(sequence: number, verdict: Verdict): void {
    if (this.view.state === "open") this.write({ type: "rate", sequence, verdict });
  }

  loadEarlier(): void {
    const first = this.view.transcript.messages[0];
    if (this.view.state === "open" && first && this.view.transcript.hasEarlier) {
      this.write({ type: "history", before: first.sequence });
    }
  }

  /** Ends the connection for good and forgets this visitor. */
  forget(): void {
    const socket = this.socket;
    this.socket = null;
    socket?.close();
    this.stopTimers();
    for (const waiting of this.outbox.all()) this.outbox.remove(waiting.clientId);
    this.around.storage.removeItem(this.tokenKey);
    this.change({ state: "idle", transcript: EMPTY, status: "bot", awaiting: false, notice: null });
  }

  private receive(frame: ServerFrame): void {
    switch (frame.type) {
      case "welcome":
        return this.welcomed(frame);
      case "ack":
        this.sent.delete(frame.client_id);
        this.outbox.remove(frame.client_id);
        return;
      case "message": {
        if (leavesGap(this.view.transcript, frame.message)) return this.resume();
        const answered = frame.message.author !== "shopper";
        this.change({
          transcript: withMessages(this.view.transcript, [frame.message]),
          awaiting: answered ? false : this.view.awaiting,
        });
        return;
      }
      case "history":
        this.change({
          transcript: { ...withMessages(this.view.transcript, frame.messages), hasEarlier: frame.has_earlier },
        });
        return;
      case "status":
        return this.change({ status: frame.status });
      case "error":
        return this.refused(frame);
      case "typing":
      case "pong":
        return;
    }
  }

  private welcomed(frame: Extract<ServerFrame, { type: "welcome" }>): void {
    this.around.storage.setItem(this.tokenKey, frame.token);
    this.attempt = 0;
    const transcript = frame.reset
      ? reset(this.view.transcript, frame.messages, frame.has_earlier)
      : withMessages(this.view.transcript, frame.messages);
    this.change({ state: "open", transcript, status: frame.status, shop: frame.shop, notice: null });
    this.flush();
    this.schedulePing();
  }

  /** Sends what waits, in order. */
  private flush(): void {
    for (const waiting of this.outbox.all()) {
      if (this.sent.has(waiting.clientId)) continue;
      this.sent.add(waiting.clientId);
      this.write({ type: "say", client_id: waiting.clientId, text: waiting.text, page: this.page });
    }
  }

  private refused(frame: Extract<ServerFrame, { type: "error" }>): void {
    const { client_id: clientId, message, retry_after_ms: wait } = frame;
    if (!clientId) return this.change({ notice: message });
    this.sent.delete(clientId);
    if (wait !== undefined) {
      this.around.setTimeout(() => this.view.state === "open" && this.flush(), wait);
      return this.change({ notice: message });
    }
    const waiting = this.view.transcript.pending.find((one) => one.clientId === clientId);
    this.outbox.remove(clientId);
    if (waiting) {
      this.change({ transcript: withPending(this.view.transcript, { ...waiting, failed: message }), awaiting: false });
    }
  }

  /** Something is missing: hang up and say hello again with what is held. */
  private resume(): void {
    const socket = this.socket;
    this.socket = null;
    socket?.close();
    this.connect();
  }

  private lost(code: number): void {
    if (!this.socket) return;
    this.socket = null;
    this.stopTimers();
    const wait =
      code === CLOSE_RATE_LIMITED ? RATE_LIMITED_MS : delay(this.attempt++, this.around.random());
    this.change({ state: "waiting" });
    this.retryTimer = this.around.setTimeout(() => this.connect(), wait);
  }

  private heard(): void {
    this.around.clearTimeout(this.silenceTimer);
    this.silenceTimer = this.around.setTimeout(() => {
      const socket = this.socket;
      this.lost(0);
      socket?.close();
    }, SILENCE_MS);
  }

  private schedulePing(): void {
    this.around.clearTimeout(this.pingTimer);
    this.pingTimer = this.around.setTimeout(() => {
      this.write({ type: "ping" });
      this.schedulePing();
    }, PING_MS);
  }

  private stopTimers(): void {
    this.around.clearTimeout(this.pingTimer);
    this.around.clearTimeout(this.silenceTimer);
    this.around.clearTimeout(this.retryTimer);
  }

  private write(frame: ClientFrame): void {
    this.socket?.send(JSON.stringify(frame));
  }

  private change(part: Partial<View>): void {
    this.view = { ...this.view, ...part };
    this.onChange(this.view);
  }
}
