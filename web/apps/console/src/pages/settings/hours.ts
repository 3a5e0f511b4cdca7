/** Times of a day as people write them, and what is wrong with a day's business hours. */
import type { Stretch } from "@xiaoer/protocol";

const TIME = /^(\d{1,2})[:：](\d{2})$/;

/** `540` as `9:00`. */
export function clockOf(minutes: number): string {
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}`;
}

/** `9:00` as `540`; nothing where it is no time of a day. `24:00` is the end of it. */
export function minutesOf(text: string): number | null {
  const [, hours, minutes] = TIME.exec(text.trim()) ?? [];
  const total = Number(hours) * 60 + Number(minutes);
  return Number(minutes) < 60 && total <= 1440 ? total : null;
}

/** A stretch that is being written. */
export interface Draft {
  from: string;
  to: string;
}

export const draftOf = ({ from, to }: Stretch): Draft => ({ from: clockOf(from), to: clockOf(to) });

/** The stretches of a day, or the key of the words for what is wrong with them. */
export function dayOf(drafts: Draft[]): Stretch[] | string {
  const day: Stretch[] = [];
  for (const draft of drafts) {
    const [from, to] = [minutesOf(draft.from), minutesOf(draft.to)];
    if (from === null || to === null) return "hours.noTime";
    if (from >= to) return "hours.backwards";
    if (from < (day.at(-1)?.to ?? 0)) return "hours.overlap";
    day.push({ from, to });
  }
  return day;
}
