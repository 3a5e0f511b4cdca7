import { describe, expect, it } from "vitest";
import { before, change, dayOf, lastDays, wholeDays, written } from "./report.ts";

describe("the report", () => {
  it("counts whole days up to the end of today", () => {
    const { from, to } = lastDays(7, new Date(2026, 10, 26, 15, 30));
    expect(new Date(from)).toEqual(new Date(2026, 10, 20));
    expect(new Date(to)).toEqual(new Date(2026, 10, 27));
    expect(dayOf(from)).toBe("2026-11-20");
    expect(wholeDays("2026-11-01", "2026-11-01")).toEqual({ from: +new Date(2026, 10, 1), to: +new Date(2026, 10, 2) });
  });

  it("compares a day that is not over with as much of the day before", () => {
    const noon = new Date(2026, 10, 26, 12);
    const earlier = before(lastDays(1, noon), noon.getTime());
    expect(new Date(earlier.from)).toEqual(new Date(2026, 10, 25));
    expect(new Date(earlier.to)).toEqual(new Date(2026, 10, 25, 12));
    const past = wholeDays("2026-11-10", "2026-11-11");
    expect(before(past, noon.getTime()).to).toBe(past.from);
  });

  it("writes figures in their units and says nothing where nothing is known", () => {
    expect([written(null, "share"), written(0.8125, "share"), written(75, "seconds"), written(3_725, "seconds"), written(4.5, "stars")]).toEqual(["—", "81.3%", "1m 15s", "1h 2m", "4.50"]);
    expect(change(0.5, 0.4, "share")).toEqual({ text: "10.0pp", sign: 1 });
    expect(change(30, 45, "seconds")).toEqual({ text: "15s", sign: -1 });
    expect(change(3, 3, "count")?.sign).toBe(0);
    expect(change(3, null, "count")).toBeNull();
  });
});
