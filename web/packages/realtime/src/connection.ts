/**
 * The connection of one shopper: says hello, resumes where it stopped, sends what waits, notices a dead line. It has
 * no interface; a face listens to `onChange`. Everything that a browser gives is handed in, so that tests need
 * neither network nor real time.
 *
 * Several tabs show one conversation, each over its own socket. What only one of them may do at a time (send what
 * waits, become a new visitor) happens while it holds a lock that all tabs share. Messages go out one after the other:
 * the next one follows the acknowledgement of the one before, so that none overtakes another that has to wait.
 */
import type { ClientFrame, PageContext, ServerFrame, ShopCard, Status, Verdict } from "@xiaoer/protocol";
import { CLOSE_RATE_LIMITED, CLOSE_SIGNED_OUT, CLOSE_TRY_LATER } from "@xiaoer/protocol";
import { delay } from "./backoff.ts";
import { Outbox } from "./outbox.ts";
import type { Socket, Surroundings } from "./surroundings.ts";
import { EMPTY, lastSequence, leavesGap, reset, type Transcript, withMessages, withOutbox } from "./transcript.ts";

const PING_MS = 15_000;
const SILENCE_MS = 45_000;
/** A phone that wakes up finds out sooner whether its line is still there. */
const WAKING_MS = 5_000;
const REFUSED_MS = 10_000;
const TYPING_MS = 6_000;
const TYPING_EVERY_MS = 3_000;
/** Attempts in a row that got nowhere, after which every second one goes without a WebSocket. */
const BROKEN = 2;

/** What tabs that share one conversation need besides. */
export interface SharedSurroundings extends Surroundings {
  /** Runs a task while no other tab runs one of this name. */
  exclusive(name: string, task: () => Promise<void>): void;
}

/** A place in the queue, or when people answer again. */
export type Waiting = Extract<ServerFrame, { type: "queue" }>;

export interface View {
  state: "idle" | "connecting" | "open" | "waiting";
  transcript: Transcript;
  status: Status;
  /** Name of the person who answers. */
  agent: string | undefined;
  /** Where the shopper stands who waits for a person, as far as it is known. */
  queue: Waiting | null;
  /** The case that the shopper is asked to rate. */
  rateCase: string | undefined;
  /** Whether a rating was just kept. */
  rated: boolean;
  shop: ShopCard | null;
  /** Whether an answer is awaited. */
  awaiting: boolean;
  /** Whether a person of the shop is typing. */
  typing: boolean;
  /** The newest sequence that the shopper has had on a screen. */
  read: number;
  /** The newest sequence that a person of the shop has read. */
  seen: number;
  /** Whether the shop's word on who this is was not believed, and none has been since. */
  refused: boolean;
  /** The newest error that concerns no single message, or why one has to wait. */
  notice: string | null;
}

const NOBODY: View = {
  state: "idle",
  transcript: EMPTY,
  status: "bot",
  agent: undefined,
  queue: null,
  rateCase: undefined,
  rated: false,
  shop: null,
  awaiting: false,
  typing: false,
  read: 0,
  seen: 0,
  refused: false,
  notice: null,
};

export class Connection {
  #view = NOBODY;
  #socket: Socket | null = null;
  /** The token that the transcript belongs to. */
  #usedToken: string | null = null;
  #attempt = 0;
  #retryTimer = 0;
  #pingTimer = 0;
  #silenceTimer = 0;
  #typingTimer = 0;
  #typedAt = 0;
  /** The message that was sent and is not acknowledged yet. */
  #sent: string | null = null;
  /** Gives back the locks that this tab holds. */
  #stopSending: (() => void) | null = null;
  #stopGreeting: (() => void) | null = null;
  readonly #outbox: Outbox;
  readonly #tokenKey: string;
  readonly #around: SharedSurroundings;
  readonly #onChange: (view: View) => void;
  page: PageContext = {};
  /** The shop's word on who this is; said with each hello until it is not believed. */
  #jwt: string | undefined;
  /** What the newest hello said of it. */
  #saidJwt: string | undefined;

  constructor(tokenKey: string, around: SharedSurroundings, onChange: (view: View) => void) {
    this.#tokenKey = tokenKey;
    this.#around = around;
    this.#onChange = onChange;
    this.#outbox = new Outbox(around.storage, `${tokenKey}.outbox.`, () => around.now());
    this.#view = { ...NOBODY, transcript: withOutbox(EMPTY, this.#outbox.all()) };
  }

  /** The token of this visitor, once there is one. */
  get token(): string | null {
    return this.#around.storage.getItem(this.#tokenKey);
  }

  get current(): View {
    return this.#view;
  }

  connect(): void {
    if (this.#socket) return;
    this.#around.clearTimeout(this.#retryTimer);
    this.#change({ state: "connecting" });
    const socket = this.#around.open(this.#attempt >= BROKEN && this.#attempt % 2 === 0);
    this.#socket = socket;
    socket.onopen = () => this.#greet(socket);
    socket.onmessage = (event) => {
      if (socket !== this.#socket) return;
      this.#expectLife(SILENCE_MS);
      this.#receive(JSON.parse(String(event.data)) as ServerFrame);
    };
    socket.onclose = (event) => socket === this.#socket && this.#lost(event.code);
    this.#expectLife(SILENCE_MS);
  }

  /** Tries again at once, for example when the network is back or the phone wakes up. */
  wake(): void {
    if (this.#view.state === "waiting") return this.connect();
    if (this.#view.state !== "open") return;
    this.#write({ type: "ping" });
    this.#expectLife(WAKING_MS);
  }

  say(text: string): void {
    this.#outbox.add({ clientId: this.#around.newId(), text });
    // A person takes their time: only the assistant's answer is awaited.
    const { status, queue } = this.#view;
    this.#change({ awaiting: status !== "agent" && (status !== "waiting" || queue?.bot !== false), notice: null, rated: false });
    this.#showOutbox();
    this.#typedAt = 0;
    if (this.#view.state === "open") this.#flush();
    else this.connect();
  }

  /** Sends a refused message again. */
  resend(clientId: string): void {
    const message = this.#view.transcript.pending.find((one) => one.clientId === clientId);
    if (!message) return;
    this.#outbox.remove(clientId);
    this.say(message.text);
  }

  /** Shows the other side that the shopper types; said every few seconds at most. */
  typing(on: boolean): void {
    const now = this.#around.now();
    if (this.#view.state !== "open" || (on ? now - this.#typedAt < TYPING_EVERY_MS : !this.#typedAt)) return;
    this.#typedAt = on ? now : 0;
    this.#write({ type: "typing", on });
  }

  /** Everything that is held was on the screen. */
  markRead(): void {
    const sequence = lastSequence(this.#view.transcript);
    if (this.#view.state !== "open" || sequence <= this.#view.read) return;
    this.#write({ type: "read", sequence });
    this.#change({ read: sequence });
  }

  rate(sequence: number, verdict: Verdict): void {
    this.#tell({ type: "rate", sequence, verdict });
  }

  /** The shopper no longer wants to wait for a person. */
  cancelWait(): void {
    this.#tell({ type: "cancel_wait" });
  }

  /** What the shopper thought of the case that they are asked about. */
  rateService(solved: boolean, stars: number, comment: string): void {
    const case_id = this.#view.rateCase;
    if (case_id) this.#tell({ type: "rate_service", case_id, solved, stars, comment });
  }

  loadEarlier(): void {
    const first = this.#view.transcript.messages[0];
    if (this.#view.state === "open" && first && this.#view.transcript.hasEarlier) {
      this.#write({ type: "history", before: first.sequence });
    }
  }

  /** Says which customer of the shop this is, now and whenever the line is new. */
  identify(jwt: string): void {
    this.#jwt = jwt;
    if (this.#view.state === "open") this.#resume();
  }

  /** Ends the connection for good and forgets this visitor, here, in the other tabs and at the server. */
  forget(): void {
    this.#tell({ type: "leave" });
    for (const waiting of this.#outbox.all()) this.#outbox.remove(waiting.clientId);
    this.#around.storage.removeItem(this.#tokenKey);
    this.#drop();
  }

  /** Another tab has changed what the tabs share: the visitor, or what waits to be sent. */
  storageChanged(): void {
    if (this.#usedToken && this.token !== this.#usedToken) {
      const another = this.token !== null;
      this.#drop();
      if (another) this.connect();
      return;
    }
    this.#showOutbox();
    this.#flush();
  }

  #greet(socket: Socket): void {
    const hello = () => {
      const token = (this.#usedToken = this.token) ?? undefined;
      const jwt = (this.#saidJwt = this.#jwt);
      this.#write({ type: "hello", token, jwt, last_sequence: lastSequence(this.#view.transcript), page: this.page });
    };
    if (this.token) return hello();
    // Two tabs that greet at once without a token would become two visitors.
    this.#around.exclusive(`${this.#tokenKey}.greet`, () =>
      new Promise((done) => {
        if (socket !== this.#socket) return done();
        this.#stopGreeting = done;
        hello();
      }),
    );
  }

  #receive(frame: ServerFrame): void {
    switch (frame.type) {
      case "welcome":
        return this.#welcomed(frame);
      case "ack":
        this.#outbox.remove(frame.client_id);
        this.#change({ notice: null });
        return this.#answered(frame.client_id);
      case "message": {
        if (leavesGap(this.#view.transcript, frame.message)) return this.#resume();
        const reply = frame.message.author !== "shopper";
        const transcript = withMessages(this.#view.transcript, [frame.message]);
        return this.#change(reply ? { transcript, awaiting: false, typing: false } : { transcript });
      }
      case "history":
        return this.#change({
          transcript: { ...withMessages(this.#view.transcript, frame.messages), hasEarlier: frame.has_earlier },
        });
      case "status":
        return this.#change({ ...this.#answeredBy(frame.status, frame.agent), awaiting: this.#view.awaiting && frame.status !== "agent" });
      case "queue":
        return this.#change({ queue: frame });
      case "rating_request":
        return this.#change({ rateCase: frame.case_id, rated: false });
      case "rated":
        return frame.case_id === this.#view.rateCase ? this.#change({ rateCase: undefined, rated: true }) : undefined;
      case "error":
        return this.#refused(frame);
      case "typing":
        return this.#othersType(frame.author !== "shopper" && frame.on);
      case "read":
        return this.#change(
          frame.author === "shopper"
            ? { read: Math.max(this.#view.read, frame.sequence) }
            : { seen: Math.max(this.#view.seen, frame.sequence) },
        );
      case "ping":
        return this.#write({ type: "pong" });
    }
  }

  #welcomed(frame: Extract<ServerFrame, { type: "welcome" }>): void {
    this.#around.storage.setItem(this.#tokenKey, frame.token);
    this.#usedToken = frame.token;
    this.#stopGreeting?.();
    this.#attempt = 0;
    const { messages, shop, rate_case: rateCase, read_sequence: read, seen_sequence: seen } = frame;
    const transcript = frame.reset
      ? reset(this.#view.transcript, messages, frame.has_earlier)
      : withMessages(this.#view.transcript, messages);
    const answered = this.#answeredBy(frame.status, frame.agent);
    const refused = this.#view.refused && !this.#saidJwt;
    this.#change({ state: "open", transcript, ...answered, shop, rateCase, read, seen, refused, notice: null });
    // The page has said more since the hello.
    if (this.#jwt !== this.#saidJwt) return this.#resume();
    this.#schedulePing();
    this.#showOutbox();
    this.#flush();
  }

  /** Who answers; a place in the queue is worth something only to who waits. */
  #answeredBy(status: Status, agent: string | undefined): Partial<View> {
    return { status, agent, queue: status === "waiting" ? this.#view.queue : null };
  }

  /** Sends what waits, in order, while no other tab does. */
  #flush(): void {
    if (this.#stopSending || this.#view.state !== "open" || !this.#nextToSend()) return;
    this.#stopSending = () => {};
    this.#around.exclusive(`${this.#tokenKey}.send`, () =>
      new Promise((done) => {
        this.#stopSending = () => {
          this.#stopSending = null;
          done();
        };
        this.#sendNext();
      }),
    );
  }

  #nextToSend() {
    return this.#outbox.all().find((one) => !one.failed);
  }

  #sendNext(): void {
    const next = this.#view.state === "open" ? this.#nextToSend() : undefined;
    if (!next) return this.#stopSending?.();
    this.#sent = next.clientId;
    this.#write({ type: "say", client_id: next.clientId, text: next.text, page: this.page });
  }

  /** The server has done with a message: the next one may go. */
  #answered(clientId: string): void {
    if (this.#sent !== clientId) return;
    this.#sent = null;
    this.#sendNext();
  }

  #refused(frame: Extract<ServerFrame, { type: "error" }>): void {
    const { client_id: clientId, message, retry_after_ms: wait } = frame;
    if (frame.code === "bad_identity") {
      // The shopper goes on as whom nobody knows, and the page is asked for a better word, once.
      if (this.#jwt === this.#saidJwt) this.#jwt = undefined;
      this.#resume();
      return this.#change({ refused: true });
    }
    if (!clientId || wait !== undefined) this.#change({ notice: message });
    // The case was rated elsewhere, or too long ago.
    if (frame.code === "not_found") this.#change({ rateCase: undefined });
    if (!clientId) return;
    if (wait !== undefined) {
      // The message keeps its place; whatever is behind it waits too.
      const socket = this.#socket;
      this.#around.setTimeout(() => socket === this.#socket && this.#answered(clientId), wait);
      return;
    }
    this.#outbox.fail(clientId, message);
    this.#change({ awaiting: false });
    this.#showOutbox();
    this.#answered(clientId);
  }

  #othersType(typing: boolean): void {
    this.#around.clearTimeout(this.#typingTimer);
    if (typing) this.#typingTimer = this.#around.setTimeout(() => this.#change({ typing: false }), TYPING_MS);
    this.#change({ typing });
  }

  #showOutbox(): void {
    this.#change({ transcript: withOutbox(this.#view.transcript, this.#outbox.all()) });
  }

  /** Something is missing: hang up and say hello again with what is held. */
  #resume(): void {
    this.#hangUp();
    this.connect();
  }

  #lost(code: number): void {
    this.#hangUp();
    if (code === CLOSE_SIGNED_OUT) {
      if (this.token === this.#usedToken) this.#around.storage.removeItem(this.#tokenKey);
      return this.#drop();
    }
    const told = code === CLOSE_RATE_LIMITED || code === CLOSE_TRY_LATER;
    const wait = delay(this.#attempt++, this.#around.random());
    this.#change({ state: "waiting", typing: false });
    this.#retryTimer = this.#around.setTimeout(() => this.connect(), told ? REFUSED_MS + wait : wait);
  }

  #drop(): void {
    this.#hangUp();
    // Whoever comes next says anew who they are.
    this.#usedToken = null;
    this.#jwt = undefined;
    this.#change(NOBODY);
  }

  #hangUp(): void {
    const socket = this.#socket;
    this.#socket = null;
    this.#sent = null;
    socket?.close();
    this.#stopGreeting?.();
    this.#stopSending?.();
    for (const timer of [this.#pingTimer, this.#silenceTimer, this.#retryTimer]) this.#around.clearTimeout(timer);
  }

  /** Gives the line up unless something comes in time. */
  #expectLife(within: number): void {
    this.#around.clearTimeout(this.#silenceTimer);
    this.#silenceTimer = this.#around.setTimeout(() => this.#lost(0), within);
  }

  #schedulePing(): void {
    this.#around.clearTimeout(this.#pingTimer);
    this.#pingTimer = this.#around.setTimeout(() => {
      this.#write({ type: "ping" });
      this.#schedulePing();
    }, PING_MS);
  }

  /** Says something that is worthless later: nothing while there is no line. */
  #tell(frame: ClientFrame): void {
    if (this.#view.state === "open") this.#write(frame);
  }

  #write(frame: ClientFrame): void {
    this.#socket?.send(JSON.stringify(frame));
  }

  #change(part: Partial<View>): void {
    this.#view = { ...this.#view, ...part };
    this.#onChange(this.#view);
  }
}
