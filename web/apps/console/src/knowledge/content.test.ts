import { expect, it } from "vitest";
import { differing, emptyContent, sameContent, tidy } from "./content.ts";

it("sends what was meant, not what slipped in", () => {
  const content = { ...emptyContent(" 售后 ／ 退货/"), question: " 怎么退 ", similar: ["退货 ", " "], variants: [{ segment: null, sku: null, category: null, answer: " " }] };
  expect(tidy(content)).toMatchObject({ category: "售后/退货", question: "怎么退", similar: ["退货"], variants: [] });
  expect(sameContent(content, tidy(content))).toBe(true);
});

it("names the fields that differ", () => {
  const before = { ...emptyContent("售后"), question: "怎么退", similar: ["退货"] };
  expect(differing(before, { ...before, similar: ["退货", "想退"] })).toEqual([{ field: "similar", before: "退货", after: "退货\n想退" }]);
});
