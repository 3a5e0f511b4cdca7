import type { Message, Note } from "@xiaoer/protocol";
import { describe, expect, it } from "vitest";
import { EMPTY, entries, lastSequence, leavesGap, withMessages } from "./transcript.ts";

const message = (sequence: number, author: Message["author"] = "shopper", at = sequence): Message => ({ sequence, id: `m${sequence}`, author, at, body: { text: String(sequence) } });
const note = (after_sequence: number, at = 0): Note => ({ id: `n${after_sequence}-${at}`, conversation_id: "v", after_sequence, kind: "note", author: { id: "a", name: "小王" }, text: "", mentions: [], at });

describe("a transcript", () => {
  it("stays in order without repetition, and knows a gap", () => {
    const held = withMessages(withMessages(EMPTY, [message(3), message(4)]), [message(2), message(3)]);
    expect(held.messages.map((one) => one.sequence)).toEqual([2, 3, 4]);
    expect(lastSequence(held)).toBe(4);
    expect([message(4), message(5), message(6)].map((one) => leavesGap(held, one))).toEqual([false, false, true]);
  });

  it("puts notes behind the message they were written after, and leaves out those before the first that is held", () => {
    const shown = entries([message(5), message(6), message(7, "bot")], [note(7, 2), note(2), note(5, 3), note(5, 1)]);
    expect(shown.map((one) => (one.kind === "day" ? "day" : one.key))).toEqual(["day", "5", "n5-1", "n5-3", "6", "7", "n7-2"]);
  });

  it("groups what one author says at once", () => {
    const shown = entries([message(1), message(2), message(3, "bot"), message(4, "bot", 10 ** 6)], []);
    expect(shown.flatMap((one) => (one.kind === "message" ? [one.follows] : []))).toEqual([false, true, false, false]);
  });
});
