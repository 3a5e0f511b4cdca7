/** How the state of an entry reads, and what its window of time means now. */
import type { ChangeKind, EntryState } from "./model.ts";

export type Tone = "" | "warn" | "loud" | "good";

interface Standing {
  state: EntryState;
  change: ChangeKind | null;
}

/** The key of the word for where an entry stands, and how loud it is. */
export function standing({ state, change }: Standing): { key: string; tone: Tone } {
  if (state === "published") return { key: "entry.published", tone: "" };
  if (state === "in_review") return { key: "entry.in_review", tone: "warn" };
  if (state === "approved") return { key: "entry.approved", tone: "good" };
  return { key: `entry.draft.${change ?? "changed"}`, tone: change === "removed" ? "loud" : "warn" };
}

/** Whether an entry is not yet, or no longer, within its time. */
export function outOfTime(from: number | null, until: number | null, now: number): "scheduled" | "expired" | null {
  if (until !== null && until <= now) return "expired";
  return from !== null && from > now ? "scheduled" : null;
}

/** `2026-11-26T14:05` in the browser's time zone, as fields for moments take it; empty for none. */
export function momentField(at: number | null): string {
  if (at === null) return "";
  const date = new Date(at);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${two(date.getHours())}:${two(date.getMinutes())}`;
}

export const momentOf = (field: string): number | null => (field ? new Date(field).getTime() : null);
