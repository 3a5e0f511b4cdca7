/**
 * The transcript: what a shopper sees of a conversation. Pure: each function returns a new value.
 *
 * Invariants: messages are ordered by sequence without repetition; a message that was sent and not yet acknowledged
 * stands once in `pending`, and never beside its committed twin.
 */
import type { Message } from "@xiaoer/protocol";

export interface PendingMessage {
  clientId: string;
  text: string;
  /** Set when the server refused it; the shopper may send it again. */
  failed?: string;
}

export interface Transcript {
  messages: Message[];
  pending: PendingMessage[];
  /** Whether the server holds older messages than these. */
  hasEarlier: boolean;
}

export const EMPTY: Transcript = { messages: [], pending: [], hasEarlier: false };

/** The newest sequence that is held. */
export function lastSequence(transcript: Transcript): number {
  return transcript.messages.at(-1)?.sequence ?? 0;
}

/** Adds messages, whichever of them are new. */
export function withMessages(transcript: Transcript, incoming: Message[]): Transcript {
  if (incoming.length === 0) return transcript;
  const bySequence = new Map(transcript.messages.map((message) => [message.sequence, message]));
  for (const message of incoming) bySequence.set(message.sequence, message);
  const messages = [...bySequence.values()].sort((a, b) => a.sequence - b.sequence);
  const committed = new Set(incoming.map((message) => message.client_id));
  return { ...transcript, messages, pending: transcript.pending.filter((one) => !committed.has(one.clientId)) };
}

/** Starts anew from what the server says, keeping what is still to be sent. */
export function reset(transcript: Transcript, messages: Message[], hasEarlier: boolean): Transcript {
  return withMessages({ ...EMPTY, pending: transcript.pending, hasEarlier }, messages);
}

/** Adds a message that is on its way. */
export function withPending(transcript: Transcript, pending: PendingMessage): Transcript {
  const others = transcript.pending.filter((one) => one.clientId !== pending.clientId);
  return { ...transcript, pending: [...others, pending] };
}

/** Takes back a message that is on its way. */
export function withoutPending(transcript: Transcript, clientId: string): Transcript {
  return { ...transcript, pending: transcript.pending.filter((one) => one.clientId !== clientId) };
}

/** Whether a message leaves a hole behind the newest one that is held. */
export function leavesGap(transcript: Transcript, message: Message): boolean {
  return message.sequence > lastSequence(transcript) + 1;
}
