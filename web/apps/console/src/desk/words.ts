/** Keys of words for what cards carry. */
import type { CaseCard, ClockState, ServiceClock } from "@xiaoer/protocol";

/** A mood from -2 to 2 in a word. */
export function moodWord(mood: number): string {
  if (mood <= -1.5) return "mood.furious";
  if (mood <= -0.75) return "mood.upset";
  if (mood <= -0.25) return "mood.uneasy";
  return mood >= 0.75 ? "mood.pleased" : "mood.calm";
}

/** The clock that presses most, of those that run: what was answered late, was answered. */
export function pressingClock(card: CaseCard, now: number): { target: "first_answer" | "resolution"; clock: ServiceClock; state: ClockState } | null {
  if (card.state !== "waiting" && card.state !== "open") return null;
  const running = ([["first_answer", card.first_answer], ["resolution", card.resolve]] as const)
    .filter(([, clock]) => clock.running)
    .map(([target, clock]) => ({ target, clock, state: clock.state === "fine" && clock.due < now ? ("breached" as const) : clock.state }));
  return running.find((one) => one.state === "breached") ?? running.find((one) => one.state === "warning") ?? running[0] ?? null;
}

export function isOwn(card: CaseCard | undefined, me: string | undefined): boolean {
  return card?.state === "open" && card.agent?.id === me;
}
