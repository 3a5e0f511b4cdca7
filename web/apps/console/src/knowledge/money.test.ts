import { expect, it } from "vitest";
import { fenOf } from "./money.ts";

it("reads prices exactly", () => {
  expect(["199", "19.9", "¥0.07", " 8.80 "].map(fenOf)).toEqual([19900, 1990, 7, 880]);
  expect(["", "abc", "-1", "1.234", "1e3"].map(fenOf)).toEqual([null, null, null, null, null]);
});
