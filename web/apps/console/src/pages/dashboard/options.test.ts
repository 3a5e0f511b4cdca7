import { expect, it } from "vitest";
import { stepFor } from "./model.ts";
import { bars, lines, tick, valuesOf } from "./options.ts";

it("chooses the step by the length of time", () => {
  const day = 86_400_000;
  expect([stepFor(0, day), stepFor(0, 7 * day), stepFor(0, 200 * day)]).toEqual(["hour", "day", "week"]);
  expect([tick(Date.UTC(2026, 10, 26, 6), "hour"), tick(Date.UTC(2026, 10, 25, 16), "day")]).toEqual(["14:00", "11/26"]);
});

it("draws what is known and leaves gaps where nothing is", () => {
  expect(valuesOf([{ at: 0, rating: 4.5 }, { at: 1, rating: null }, { at: 2 }], "rating")).toEqual([4.5, null, null]);
  const option = lines(["a"], [{ name: "现在", values: [1] }, { name: "之前", values: [2], faint: true }], false) as { series: { name: string; lineStyle: { type?: string } }[] };
  expect(option.series.map(({ name, lineStyle }) => [name, lineStyle.type])).toEqual([["现在", undefined], ["之前", "dashed"]]);
  expect((bars(["甲"], { name: "现在", values: [1] }, { name: "之前", values: [2] }, true) as { series: unknown[] }).series).toHaveLength(2);
});
