import { expect, it } from "vitest";
import { plain, wayOf, weighed } from "./why.ts";

it("adds up features of one way and leaves out what says nothing", () => {
  expect(weighed([["meaning: cosine with the entry", 1.5], ["meaning: cosine below the best candidate", -0.5], ["company: cosine of the whole", -2], ["其余 12 项", 0.4], ["words: BM25", 0.01]])).toEqual([
    { key: "way.company", weight: -2 },
    { key: "way.meaning", weight: 1 },
  ]);
  expect(wayOf("something new")).toBeNull();
});

it("tells a line of the server in words", () => {
  const say = (key: string): string => ({ "way.company": "一起出现的词", "way.phrasings": "很多问法都像" })[key] ?? key;
  expect(plain("依据：company: cosine of the whole +9.22，share of the entry's phrasings among the candidates +8.74", say)).toBe("依据：一起出现的词 +9.22，很多问法都像 +8.74");
  expect(plain("候选 1：invoice-download，单独看的概率", say)).toBe("候选 1：invoice-download，单独看的概率");
});
