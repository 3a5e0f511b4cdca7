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

/**
 * Shows what waits in the outbox, which other tabs fill too. A message that has left it was committed and stays until
 * it comes with its sequence; only one that had failed is gone for good.
 */
export function withOutbox(transcript: Transcript, waiting: PendingMessage[]): Transcript {
  const stays = new Set(waiting.map((one) => one.clientId));
  const committed = new Set(transcript.messages.map((message) => message.client_id));
  const leaving = transcript.pending.filter((one) => !one.failed && !stays.has(one.clientId));
  return { ...transcript, pending: [...leaving, ...waiting].filter((one) => !committed.has(one.clientId)) };
}

/** Whether a message leaves a hole behind the newest one that is held. */
export function leavesGap(transcript: Transcript, message: Message): boolean {
  return message.sequence > lastSequence(transcript) + 1;
}

/** How many messages of others lie behind the newest that was read. */
export function unread(transcript: Transcript, read: number): number {
  return transcript.messages.filter((one) => one.author !== "shopper" && one.sequence > read).length;
}
