import { expect, it } from "vitest";
import { ambiguous, tidyLexicon, wordsOf } from "./lexicon.ts";

it("takes words as people write them side by side", () => {
  expect(wordsOf("运费、邮费 快递费，运费 = 邮资")).toEqual(["运费", "邮费", "快递费", "邮资"]);
});

it("drops groups of one and finds words in two", () => {
  expect(tidyLexicon({ synonyms: [["运费"], ["退", "退货"]], dictionary: [], stop_words: [] }).synonyms).toEqual([["退", "退货"]]);
  expect(ambiguous([["退", "退货"], ["退", "退款"]])).toEqual(new Set(["退"]));
});
