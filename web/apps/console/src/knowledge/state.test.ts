import { expect, it } from "vitest";
import { momentField, momentOf, outOfTime, standing } from "./state.ts";

it("says where an entry stands", () => {
  expect(standing({ state: "draft", change: "removed" })).toEqual({ key: "entry.draft.removed", tone: "loud" });
  expect(standing({ state: "published", change: null }).key).toBe("entry.published");
});

it("knows what has not begun and what is over", () => {
  expect([outOfTime(null, null, 5), outOfTime(6, null, 5), outOfTime(1, 5, 5), outOfTime(1, 9, 5)]).toEqual([null, "scheduled", "expired", null]);
});

it("writes moments as their fields take them, and back", () => {
  const at = new Date(2026, 10, 5, 7, 8).getTime();
  expect(momentField(at)).toBe("2026-11-05T07:08");
  expect(momentOf(momentField(at))).toBe(at);
  expect([momentField(null), momentOf("")]).toEqual(["", null]);
});
