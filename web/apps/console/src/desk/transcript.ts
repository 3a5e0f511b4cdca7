/**
 * A transcript as the desk holds it. Pure: each function returns a new value.
 *
 * Invariants: messages are in the order of their sequence, without repetition and without holes.
 */
import type { Message, Note } from "@xiaoer/protocol";

export interface Transcript {
  messages: Message[];
  hasEarlier: boolean;
}

export const EMPTY: Transcript = { messages: [], hasEarlier: false };

export function lastSequence(transcript: Transcript): number {
  return transcript.messages.at(-1)?.sequence ?? 0;
}

/** Whether a message leaves a hole behind the newest one that is held. */
export function leavesGap(transcript: Transcript, message: Message): boolean {
  return message.sequence > lastSequence(transcript) + 1;
}

/** Adds messages, whichever of them are new. */
export function withMessages(transcript: Transcript, incoming: Message[]): Transcript {
  if (incoming.length === 0) return transcript;
  const bySequence = new Map(transcript.messages.map((message) => [message.sequence, message]));
  for (const message of incoming) bySequence.set(message.sequence, message);
  return { ...transcript, messages: [...bySequence.values()].sort((a, b) => a.sequence - b.sequence) };
}

export type Entry =
  | { kind: "day"; key: string; at: number }
  | { kind: "message"; key: string; message: Message; follows: boolean }
  | { kind: "note"; key: string; note: Note };

/** Messages that stand close together and come from the same author are shown as one group. */
const GROUP_MS = 3 * 60_000;

/** What stands on the screen, from top to bottom: notes behind the message after which they were written. */
export function entries(messages: Message[], notes: Note[]): Entry[] {
  const first = messages[0]?.sequence ?? 0;
  const open = notes.filter((note) => messages.length === 0 || note.after_sequence >= first).sort((a, b) => a.after_sequence - b.after_sequence || a.at - b.at);
  const shown: Entry[] = [];
  let day = "";
  let next = 0;
  let before: Message | null = null;
  const put = (note: Note): void => {
    before = null;
    shown.push({ kind: "note", key: note.id, note });
  };
  for (const message of messages) {
    while (next < open.length && open[next]!.after_sequence < message.sequence) put(open[next++]!);
    const today = new Date(message.at).toDateString();
    if (today !== day) shown.push({ kind: "day", key: `day-${message.sequence}`, at: message.at });
    const last: Message | null = today === day ? before : null;
    const follows = last !== null && last.author === message.author && last.body.agent === message.body.agent && message.at - last.at < GROUP_MS;
    shown.push({ kind: "message", key: String(message.sequence), message, follows });
    day = today;
    before = message;
  }
  while (next < open.length) put(open[next++]!);
  return shown;
}
