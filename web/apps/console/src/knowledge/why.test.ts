import { expect, it } from "vitest";
import { compared, plain, steps, wayOf } from "./why.ts";

it("says what sets a candidate apart from the others, way by way", () => {
  const [first, second] = compared([
    [["meaning: cosine with the entry", 1.5], ["meaning: cosine below the best candidate", -0.5], ["numbers: both the same or none", 1], ["其余 12 项", 4]],
    [["meaning: cosine with the entry", -1], ["numbers: both the same or none", 1]],
  ]);
  expect([first, second]).toEqual([[{ key: "way.meaning", weight: 1 }], [{ key: "way.meaning", weight: -1 }]]);
  expect(wayOf("something new")).toBeNull();
});

it("tells a line of the server in words", () => {
  const say = (key: string): string => ({ "way.company": "一起出现的词", "way.phrasings": "很多问法都像" })[key] ?? key;
  expect(plain("依据：company: cosine of the whole +9.22，share of the entry's phrasings among the candidates +8.74，company: phrasing words echoed by the query -3.36", say)).toBe("依据：一起出现的词 +9.22，很多问法都像 +8.74，一起出现的词 -3.36");
  expect(plain("候选 1：invoice-download，单独看的概率", say)).toBe("候选 1：invoice-download，单独看的概率");
});

it("tells the steps without their figures", () => {
  expect(steps(["意图：发票 94%（听清了）", "“发票”的依据：字“票” +1.05", "问答：最像“发票”，把握 100%；依据：company: cosine of the whole +9.22"])).toEqual(["意图：发票 94%（听清了）", "问答：最像“发票”，把握 100%"]);
});
