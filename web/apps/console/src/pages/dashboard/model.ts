/** The dashboards as the server tells them. Every figure has the period before of the same length beside it. */
export interface Totals {
  conversations: number;
  messages: number;
  questions: number;
  answered: number;
  unknown: number;
  bot_resolved: number;
  bot_resolved_rate: number | null;
  handed_over: number;
  handover_rate: number | null;
  rating: number | null;
  solved: number;
  unsolved: number;
  mood: number | null;
  impressions: number;
  clicks: number;
  click_rate: number | null;
}

export type Point = { at: number } & { [field: string]: number | null };

export interface Definition {
  field: string;
  title: string;
  definition: string;
}

interface Defined {
  definitions: Definition[];
}

export interface Overview extends Defined {
  step: Step;
  totals: Totals;
  previous: Totals;
  series: Point[];
  previous_series: Point[];
}

export interface Handovers extends Defined {
  items: { reason: string; title: string; count: number; previous: number }[];
  series: Point[];
}

export interface HotQuestions extends Defined {
  items: { entry: string; question: string; count: number; previous: number; share: number }[];
}

export interface Unknown extends Defined {
  items: { cluster: string | null; question: string; count: number; previous: number; handed_over: number }[];
}

export interface Mood extends Defined {
  levels: { level: string; title: string; count: number; previous: number }[];
  series: Point[];
}

export interface Ratings extends Defined {
  stars: { stars: number; count: number; previous: number }[];
  series: Point[];
}

export interface Health {
  id: string;
  question: string;
  category: string;
  shown: number;
  previous: number;
  solved: number;
  unsolved: number;
  solved_rate: number | null;
  handed_over: number;
  handover_rate: number | null;
  last_shown: number | null;
  changed_at: number | null;
  stale: boolean;
}

export interface Placement {
  slot: string;
  algorithm: string;
  arm: string;
  impressions: number;
  clicks: number;
  conversions: number;
  click_rate: number | null;
  conversion_rate: number | null;
  previous: { impressions: number; clicks: number; conversions: number };
}

export type Step = "hour" | "day" | "week";

const DAY = 86_400_000;

/** Points near enough to see a movement, and few enough to see a line. */
export function stepFor(from: number, to: number): Step {
  const days = (to - from) / DAY;
  if (days <= 2) return "hour";
  return days > 92 ? "week" : "day";
}
