/** Keys of words for what cards carry. */
import type { CaseCard, ClockState, ServiceClock } from "@xiaoer/protocol";

/** A mood from -2 to 2 in a word. */
export function moodWord(mood: number): string {
  if (mood <= -1.5) return "mood.furious";
  if (mood <= -0.75) return "mood.upset";
  if (mood <= -0.25) return "mood.uneasy";
  return mood >= 0.75 ? "mood.pleased" : "mood.calm";
}

/** The clock that presses most, while one runs. */
export function pressingClock(card: CaseCard, now: number): { target: "first_answer" | "resolution"; clock: ServiceClock; state: ClockState } | null {
  if (card.state !== "waiting" && card.state !== "open") return null;
  const running = ([["first_answer", card.first_answer], ["resolution", card.resolve]] as const)
    // The first answer, once given, presses no longer, late or not.
    .filter(([target, clock]) => clock.state !== "met" && !(target === "first_answer" && answered(card)))
    .map(([target, clock]) => ({ target, clock, state: clock.state === "fine" && clock.due < now ? ("breached" as const) : clock.state }));
  return running.find((one) => one.state === "breached") ?? running.find((one) => one.state === "warning") ?? running[0] ?? null;
}

function answered(card: CaseCard): boolean {
  return card.first_answer.state === "met" || (card.state === "open" && card.last?.author === "agent");
}

export function isOwn(card: CaseCard | undefined, me: string | undefined): boolean {
  return card?.state === "open" && card.agent?.id === me;
}
