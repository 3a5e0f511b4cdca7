/**
 * The desk as the server says it is: who is there, cases, queue, counters. Frames replace what was there before; a
 * card replaces an older one of the same case by its revision. Nothing is counted here.
 */
import type { AgentCard, CaseCard, Counters, DeskServerFrame, Named, Presence } from "@xiaoer/protocol";
import { SUBPROTOCOL } from "@xiaoer/protocol";
import type { Socket } from "@xiaoer/realtime";
import { defineStore } from "pinia";
import { computed, ref, shallowReactive, shallowRef } from "vue";
import type { PendingMessage } from "../desk/outbox.ts";
import { DeskSocket, type LineState, type Saying } from "../desk/socket.ts";
import { useTranscripts } from "./transcripts.ts";

const NO_COUNTERS: Counters = { waiting: 0, tickets: 0, open: 0, mine: 0, resolved_today: 0, agents_online: 0 };

type Hearer = (frame: DeskServerFrame) => void;

export const useDesk = defineStore("desk", () => {
  const line = ref<LineState>("idle");
  const me = shallowRef<AgentCard | null>(null);
  const cases = shallowReactive(new Map<string, CaseCard>());
  const queue = shallowRef<string[]>([]);
  const counters = shallowRef<Counters>(NO_COUNTERS);
  const agents = shallowReactive(new Map<string, AgentCard>());
  const groups = shallowRef<Named[]>([]);
  const pending = shallowRef<PendingMessage[]>([]);
  /** What to add to this machine's clock to have the server's. */
  const skew = ref(0);
  /** Grows with each welcome: what was fetched before may be old. */
  const welcomes = ref(0);
  const views = new Map<string, number>();
  const hearers = new Set<Hearer>();
  let socket: DeskSocket | null = null;
  let watchers = 0;

  const mine = computed(() => [...cases.values()].filter((one) => one.state === "open" && one.agent?.id === me.value?.id));
  const waiting = computed(() => queue.value.flatMap((id) => cases.get(id) ?? []));

  function put(card: CaseCard): void {
    const held = cases.get(card.id);
    if (!held || held.revision <= card.revision) cases.set(card.id, card);
  }

  /** The newest case of a conversation that is known here. */
  function caseOf(conversation: string): CaseCard | undefined {
    let newest: CaseCard | undefined;
    for (const one of cases.values()) {
      if (one.conversation_id === conversation && (!newest || one.since > newest.since)) newest = one;
    }
    return newest;
  }

  function setQueue(cards: CaseCard[]): void {
    cards.forEach(put);
    queue.value = cards.map((card) => card.id);
  }

  function welcome(frame: Extract<DeskServerFrame, { type: "welcome" }>): void {
    cases.clear();
    agents.clear();
    me.value = frame.me;
    frame.cases.forEach(put);
    setQueue(frame.queue);
    counters.value = frame.counters;
    for (const agent of frame.agents) agents.set(agent.id, agent);
    groups.value = frame.groups;
    skew.value = frame.now - Date.now();
    welcomes.value++;
    const transcripts = useTranscripts();
    for (const conversation of views.keys()) void transcripts.open(conversation);
  }

  function hear(frame: DeskServerFrame): void {
    if (frame.type === "welcome") welcome(frame);
    if (frame.type === "case") {
      put(frame.case);
      if (frame.case.state !== "waiting") queue.value = queue.value.filter((id) => id !== frame.case.id);
    }
    if (frame.type === "queue") setQueue(frame.queue);
    if (frame.type === "counters") counters.value = frame.counters;
    if (frame.type === "agent") {
      agents.set(frame.agent.id, frame.agent);
      if (frame.agent.id === me.value?.id) me.value = frame.agent;
    }
    useTranscripts().hear(frame);
    for (const hearer of hearers) hearer(frame);
  }

  function start(agent: string, onSignedOut: () => void): void {
    if (socket) return;
    socket = new DeskSocket(agent, surroundings(), {
      frame: hear,
      line: (state) => (line.value = state),
      outbox: (messages) => (pending.value = messages),
      signedOut: onSignedOut,
    });
    socket.start();
    window.addEventListener("online", wake);
    document.addEventListener("visibilitychange", wake);
  }

  function wake(): void {
    if (!document.hidden) socket?.wake();
  }

  function stop(): void {
    socket?.stop();
    socket = null;
    window.removeEventListener("online", wake);
    document.removeEventListener("visibilitychange", wake);
    cases.clear();
    agents.clear();
    queue.value = [];
    me.value = null;
    counters.value = NO_COUNTERS;
    views.clear();
    useTranscripts().forget();
  }

  /** Opens a view; several pages may have the same one open. Returns how to leave it. */
  function view(conversation: string): () => void {
    const count = views.get(conversation) ?? 0;
    views.set(conversation, count + 1);
    if (count === 0) socket?.view(conversation, true);
    void useTranscripts().open(conversation);
    return () => {
      const left = (views.get(conversation) ?? 1) - 1;
      if (left > 0) return void views.set(conversation, left);
      views.delete(conversation);
      socket?.view(conversation, false);
    };
  }

  /** Supervisors: frames of all cases from now on. Returns how to end it. */
  function watchAll(): () => void {
    if (watchers++ === 0) socket?.watchAll(true);
    return () => {
      if (--watchers === 0) socket?.watchAll(false);
    };
  }

  /** Calls for each frame, after the stores have taken it in. Returns how to end it. */
  function listen(hearer: Hearer): () => void {
    hearers.add(hearer);
    return () => hearers.delete(hearer);
  }

  return {
    line, me, cases, queue, counters, agents, groups, pending, skew, welcomes, mine, waiting,
    put, caseOf, start, stop, view, watchAll, listen,
    presence: (presence: Presence) => socket?.presence(presence),
    say: (saying: Saying) => socket?.say(saying),
    retry: (clientId: string) => socket?.retry(clientId),
    discard: (clientId: string) => socket?.discard(clientId),
    typing: (conversation: string, on: boolean) => socket?.typing(conversation, on),
    read: (conversation: string, sequence: number) => socket?.read(conversation, sequence),
  };
});

function surroundings(): ConstructorParameters<typeof DeskSocket>[1] {
  return {
    open: () => {
      const address = new URL("/ws/desk", location.href);
      address.protocol = address.protocol.replace("http", "ws");
      return new WebSocket(address, SUBPROTOCOL) as unknown as Socket;
    },
    storage: localStorage,
    setTimeout: (run, ms) => window.setTimeout(run, ms),
    clearTimeout: (timer) => window.clearTimeout(timer),
    now: () => Date.now(),
    random: () => Math.random(),
    newId: () => `c-${Date.now().toString(36)}-${Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, "0")).join("")}`,
  };
}
