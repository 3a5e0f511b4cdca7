/** Exponential backoff with full jitter: after a server restart a thousand clients come back spread out. */
const FIRST_MS = 500;
const LONGEST_MS = 15_000;

/** How long to wait before the attempt with this number, counted from 0; `random` lies between 0 and 1. */
export function delay(attempt: number, random: number): number {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
  return Math.round(FIRST_MS / 2 + random * (ceiling - FIRST_MS / 2));
}
