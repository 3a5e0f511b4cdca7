/**
 * When to come back. After a restart of the server all its clients notice at once; they return spread over twelve
 * seconds, and later attempts over up to thirty. A shopper who types, or a network that is back, does not wait.
 */
const SOONEST_MS = 300;
const SPREAD_MS = 12_000;
const LONGEST_MS = 30_000;

/** How long to wait before the attempt with this number, counted from 0; `random` lies between 0 and 1. */
export function delay(attempt: number, random: number): number {
  const latest = Math.min(LONGEST_MS, SPREAD_MS * 1.5 ** Math.min(attempt, 10));
  return Math.round(SOONEST_MS + random * (latest - SOONEST_MS));
}
