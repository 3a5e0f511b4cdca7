import { expect, it } from "vitest";
import features from "../../../../../src/mind/search/features.rs?raw";
import zh from "../words/trial.zh-CN.json";
import { compared, steps, wayOf } from "./why.ts";

it("says what sets a candidate apart from the others, way by way", () => {
  const [first, second] = compared([
    [["同义：与该条的余弦", 1.5], ["同义：与该条的余弦，与最好的候选相差", -0.5], ["数字：两句一致", 1], ["其余 12 项", 4]],
    [["同义：与该条的余弦", -1], ["数字：两句一致", 1]],
  ]);
  expect([first, second]).toEqual([[{ key: "way.meaning", weight: 1 }], [{ key: "way.meaning", weight: -1 }]]);
  expect(wayOf("新的一种：说不清")).toBeNull();
});

it("knows every feature of the ranker, and has a word for each way", () => {
  const names = [...features.matchAll(/^ {4}\w+: \w+, "([^"]+)";$/gm)].map(([, name]) => name!);
  expect(names.length).toBeGreaterThan(30);
  expect(names.filter((name) => !((wayOf(name) ?? "") in zh))).toEqual([]);
});

it("tells the steps without their figures", () => {
  expect(steps(["意图：发票 94%（听清了）", "“发票”的依据：字“票” +1.05", "问答：最像“发票”，把握 100%；依据：近义：整句的余弦 +9.22"])).toEqual(["意图：发票 94%（听清了）", "问答：最像“发票”，把握 100%"]);
});
