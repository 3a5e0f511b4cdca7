/** The reasons of the ranker in words for people: its many features told as a dozen ways in which texts can be alike. */
export interface Weighed {
  /** The key of its words. */
  key: string;
  /** How much it speaks for the entry; below zero against it. */
  weight: number;
}

/** How the name of a feature begins, and which way of being alike it measures. */
const WAYS: [beginning: string, way: string][] = [
  ["words", "words"],
  ["characters", "characters"],
  ["same characters", "characters"],
  ["sounds", "sounds"],
  ["standard question", "standard"],
  ["answer", "answer"],
  ["share of", "phrasings"],
  ["second-best", "phrasings"],
  ["topic", "topic"],
  ["meaning", "meaning"],
  ["company", "company"],
  ["negation", "negation"],
  ["numbers", "numbers"],
];

export function wayOf(feature: string): string | null {
  const way = WAYS.find(([beginning]) => feature.startsWith(beginning))?.[1];
  return way ? `way.${way}` : null;
}

type Because = [feature: string, weight: number][];

/** Features of one way of being alike are added up. */
function summed(because: Because): Map<string, number> {
  const sums = new Map<string, number>();
  for (const [feature, weight] of because) {
    const key = wayOf(feature);
    if (key) sums.set(key, (sums.get(key) ?? 0) + weight);
  }
  return sums;
}

/**
 * What sets each candidate apart from the mean of all, the strongest first. Alone the weights say little: they are
 * reckoned from a starting point that nobody sees.
 */
export function compared(all: Because[]): Weighed[][] {
  const sums = all.map(summed);
  const mean = (key: string): number => sums.reduce((total, each) => total + (each.get(key) ?? 0), 0) / sums.length;
  return sums.map((each) =>
    [...each]
      .map(([key, weight]) => ({ key, weight: weight - mean(key) }))
      .filter(({ weight }) => Math.abs(weight) >= 0.1)
      .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight)),
  );
}

const PHRASE = "[a-z][a-z']*(?:[ -][a-z']+)*";
const NAMED = new RegExp(`${PHRASE}(?:: ${PHRASE})?`, "g");

/** A line of the server with the names of features in words. */
export function plain(line: string, say: (key: string) => string): string {
  return line.replace(NAMED, (found) => {
    const key = found.includes(" ") ? wayOf(found) : null;
    return key ? say(key) : found;
  });
}

/** The steps of a decision without the figures behind each of them. */
export function steps(lines: string[]): string[] {
  return lines.filter((line) => !/的依据[:：]/.test(line)).map((line) => line.replace(/[;；]\s*依据[:：].*$/, ""));
}
