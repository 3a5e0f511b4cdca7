import { describe, expect, it } from "vitest";
import { clockOf, dayOf, minutesOf } from "./hours.ts";

describe("business hours", () => {
  it("reads times as people write them", () => {
    expect(["9:00", "09：30", " 24:00 ", "0:05"].map(minutesOf)).toEqual([540, 570, 1440, 5]);
    expect(["", "9", "24:01", "25:00", "9:60", "九点"].map(minutesOf)).toEqual([null, null, null, null, null, null]);
    expect([540, 1440, 5].map(clockOf)).toEqual(["9:00", "24:00", "0:05"]);
  });

  it("says what is wrong with a day", () => {
    expect(dayOf([{ from: "9:00", to: "12:00" }, { from: "13:00", to: "22:00" }])).toEqual([{ from: 540, to: 720 }, { from: 780, to: 1320 }]);
    expect(dayOf([])).toEqual([]);
    expect(dayOf([{ from: "9", to: "12:00" }])).toBe("hours.noTime");
    expect(dayOf([{ from: "12:00", to: "9:00" }])).toBe("hours.backwards");
    expect(dayOf([{ from: "9:00", to: "12:00" }, { from: "11:00", to: "13:00" }])).toBe("hours.overlap");
  });
});
