import { describe, expect, it } from "vitest";
import { bringsProducts, calledAs, clockOf, localOf, minuteOf, momentOf, percent, points, triggerOf, TRIGGERS } from "./model.ts";

describe("campaigns in the console", () => {
  it("writes times of the day and reads them", () => {
    expect([0, 540, 1260, 1439].map(clockOf)).toEqual(["00:00", "09:00", "21:00", "23:59"]);
    expect(["09:00", "9:05", "24:00", "24:01", "9", "12:60", ""].map(minuteOf)).toEqual([540, 545, 1440, null, null, null, null]);
  });

  it("takes moments for those of China", () => {
    expect(localOf(Date.UTC(2026, 10, 26, 2, 30))).toBe("2026-11-26T10:30");
    expect(momentOf("2026-11-26T10:30")).toBe(Date.UTC(2026, 10, 26, 2, 30));
    expect(momentOf("")).toBe(null);
  });

  it("begins every trigger with what it needs", () => {
    expect(TRIGGERS.map((kind) => triggerOf(kind, 0).kind)).toEqual(TRIGGERS);
    expect(TRIGGERS.filter(bringsProducts)).toHaveLength(4);
  });

  it("calls people by what is known of them", () => {
    expect(calledAs({ person: "c:c-1", name: "林*" }, "访客")).toBe("林*");
    expect(calledAs({ person: "c:c-1", name: "" }, "访客")).toBe("c-1");
    expect(calledAs({ person: "v:0135-00ab", name: "" }, "访客")).toBe("访客 00AB");
  });

  it("writes shares", () => {
    expect([points(0.0312), points(-0.02), points(0)]).toEqual(["+3.1", "-2.0", "0.0"]);
    expect([percent(1, 8), percent(0, 0)]).toEqual(["12.5%", "—"]);
  });
});
