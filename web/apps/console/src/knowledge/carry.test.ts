import { expect, it } from "vitest";
import { mayPut, placeOf } from "./carry.ts";

it("puts a category under another one or to the top, never into itself", () => {
  expect(placeOf("售后/退货", "物流")).toBe("物流/退货");
  expect(placeOf("售后/退货", "")).toBe("退货");
  expect(placeOf("售后", "售后/退货")).toBeNull();
  expect(placeOf("售后", "售后")).toBeNull();
  expect(placeOf("售后/退货", "售后")).toBeNull();
  expect(placeOf("售后", "")).toBeNull();
  expect(placeOf("售", "售后")).toBe("售后/售");
});

it("puts entries into a category only", () => {
  expect([mayPut({ entries: ["a"] }, "物流"), mayPut({ entries: ["a"] }, ""), mayPut(null, "物流")]).toEqual([true, false, false]);
});
