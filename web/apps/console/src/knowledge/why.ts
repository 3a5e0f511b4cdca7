/** The reasons of the ranker in words for people: its many features told as a dozen ways in which texts can be alike. */
export interface Weighed {
  /** The key of its words. */
  key: string;
  /** How much it speaks for the entry; below zero against it. */
  weight: number;
}

/** What stands before the colon in the name of a feature, and which way of being alike it measures. */
const WAYS: Record<string, string> = {
  词: "words",
  字: "characters",
  音: "sounds",
  全文: "whole",
  顺序: "order",
  长短: "length",
  标准问: "standard",
  答案: "answer",
  问法: "phrasings",
  话题: "topic",
  话题方向: "topic",
  同义: "meaning",
  近义: "company",
  否定: "negation",
  数字: "numbers",
};

export function wayOf(feature: string): string | null {
  const way = WAYS[/^(.+?)：/.exec(feature)?.[1] ?? ""];
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

/** The steps of a decision without the figures behind each of them. */
export function steps(lines: string[]): string[] {
  return lines.filter((line) => !/的依据[:：]/.test(line)).map((line) => line.replace(/[;；]\s*依据[:：].*$/, ""));
}
