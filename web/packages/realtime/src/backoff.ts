/** When to come back. A person who types, or a network that is back, does not wait. */

/** How long to wait before the attempt with this number, counted from 0; `random` lies between 0 and 1. */
export type Delay = (attempt: number, random: number) => number;

/**
 * After a restart of the server all its clients notice at once: nobody comes back before `soonest`, all spread over
 * `spread`, and with each further attempt over `growth` times as long, up to `longest`; in milliseconds.
 */
export function pace(soonest: number, spread: number, growth: number, longest: number): Delay {
  return (attempt, random) => Math.round(soonest + random * (Math.min(longest, spread * growth ** Math.min(attempt, 10)) - soonest));
}

/** That of shoppers, who may be ten thousand. */
export const delay = pace(300, 12_000, 1.5, 30_000);
