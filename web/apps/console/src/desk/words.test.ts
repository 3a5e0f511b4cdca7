import type { CaseCard } from "@xiaoer/protocol";
import { expect, it } from "vitest";
import { pressingClock } from "./words.ts";

const card = (first: Partial<CaseCard["first_answer"]>): CaseCard =>
  ({ state: "open", first_answer: { due: 10, state: "breached", running: true, ...first }, resolve: { due: 100, state: "fine", running: true }, last: { author: "shopper" } }) as CaseCard;

it("a first answer that is missing presses, and one that was late presses no longer", () => {
  expect(pressingClock(card({}), 20)).toMatchObject({ target: "first_answer", state: "breached" });
  expect(pressingClock(card({ running: false }), 20)).toMatchObject({ target: "resolution", state: "fine" });
  expect(pressingClock(card({ running: false }), 120)).toMatchObject({ target: "resolution", state: "breached" });
});
