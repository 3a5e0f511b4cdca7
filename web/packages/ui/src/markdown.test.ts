/** Markdown of strangers: everything of `tests/naughty` and what a seeded mutator makes of it. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type Inline, parseMarkdown, safeHref } from "./index.ts";

const texts = readFileSync(fileURLToPath(new URL("../../../../tests/naughty/strings.txt", import.meta.url)), "utf8")
  .split("\n")
  .filter((line) => line && !line.startsWith("#"))
  .map((line) => JSON.parse(line) as string);
const PIECES = ["[", "](", ")", "![", "**", "|", "| --- |", "\n", "- ", "1. ", "javascript:", "java\tscript:", "data:", "https://", "//", "/\\", "<", ">", "\"", " onclick=", "\u202e", "\u0000", "tel:", "&#106;"];

/** Numbers between 0 and 1 that are the same each time (Mulberry32). */
function seeded(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function* strange(rounds: number): Generator<string> {
  yield* texts;
  const random = seeded(1);
  const one = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)]!;
  for (let round = 0; round < rounds; round++) {
    // Whole characters: no server sends halves of one.
    let text = [...one(texts)];
    for (let change = 0; change < 6; change++) {
      const at = Math.floor(random() * (text.length + 1));
      text = [...text.slice(0, at), ...(random() < 0.7 ? one(PIECES) : one(texts)), ...text.slice(random() < 0.5 ? at : at + 2)];
    }
    yield text.join("");
  }
}

function inlines(text: string): Inline[] {
  return parseMarkdown(text).flatMap((block) => (block.kind === "paragraph" ? block.inlines : block.kind === "list" ? block.items.flat() : block.rows.flat(2)));
}

describe("Markdown of strangers", () => {
  const rounds = Number(process.env.XIAOER_FUZZ_ROUNDS ?? 20_000);

  it("line 26: leads to the shop, to https or to a telephone, and nowhere else", () => {
    for (const text of strange(rounds)) {
      for (const part of inlines(text)) {
        if (part.kind !== "link" && part.kind !== "picture") continue;
        // What is no address leads nowhere.
        if (!URL.canParse(part.href, "https://shop.example")) continue;
        const to = new URL(part.href, "https://shop.example");
        expect(["https:", "tel:"], text).toContain(to.protocol);
        if (!/^https:/i.test(part.href) && to.protocol === "https:") expect(to.host, text).toBe("shop.example");
        expect(safeHref(part.href), text).toBe(part.href);
      }
    }
  });

  it("line 27: shows no picture that a telephone or plain http would bring", () => {
    for (const text of strange(rounds / 10)) {
      for (const part of inlines(text)) if (part.kind === "picture") expect(part.href, text).not.toMatch(/^http:/i);
    }
  });

  it("line 25: loses nothing that is not its own sign", () => {
    const letters = (text: string) => [...text].filter((one) => /\p{L}/u.test(one));
    for (const text of strange(rounds / 10)) {
      const shown = inlines(text).map((part) => part.text + ("href" in part ? part.href : "")).join("");
      expect(letters(shown), text).toEqual(letters(text));
    }
  });
});
