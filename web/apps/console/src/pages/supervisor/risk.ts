/** The risk of a case, as the server reckons it, in order and in a word. */
import type { CaseCard } from "@xiaoer/protocol";

export type Risk = "low" | "medium" | "high";

export function riskWord(risk: number): Risk {
  if (risk >= 0.5) return "high";
  return risk >= 0.25 ? "medium" : "low";
}

/** Riskiest first; among equals whoever has waited longest. */
export function byRisk(cards: CaseCard[]): CaseCard[] {
  return [...cards].sort((a, b) => b.risk - a.risk || a.since - b.since || (a.id < b.id ? -1 : 1));
}
