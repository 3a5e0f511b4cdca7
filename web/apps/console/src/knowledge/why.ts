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

/** What moved an entry, the strongest first; features of one way are added up, the small rest is left out. */
export function weighed(because: [string, number][]): Weighed[] {
  const sums = new Map<string, number>();
  for (const [feature, weight] of because) {
    const key = wayOf(feature);
    if (key) sums.set(key, (sums.get(key) ?? 0) + weight);
  }
  return [...sums].map(([key, weight]) => ({ key, weight })).filter(({ weight }) => Math.abs(weight) >= 0.05).sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
}

/** A line of the server with the names of features in words. */
export function plain(line: string, say: (key: string) => string): string {
  return line.replace(/[a-z][a-z' -]{3,}(?:: [a-z' -]+)?/g, (found) => {
    const key = wayOf(found);
    return key ? say(key) + (found.endsWith(" ") ? " " : "") : found;
  });
}
