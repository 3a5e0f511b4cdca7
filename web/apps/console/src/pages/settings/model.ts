/** The settings as the server tells them. Moments are milliseconds since 1970 UTC. */
import type { Said } from "../../knowledge/model.ts";
import type { Role } from "../../session.ts";

export interface Presentation {
  name: string;
  slogan: string;
  phone: string;
  human_hours: string;
  greeting: string;
  hot_questions: string[];
}

export interface PresentationView {
  presentation: Presentation;
  offered: { question: string; act: string; entry: string | null; answered_as: string | null }[];
  proposals: string[];
}

/** Probabilities, but for the failures in a row after which a person is called. */
export interface Lines {
  answer: number;
  clarify: number;
  answerable: number;
  chitchat: number;
  failures: number;
}

export interface LinesView {
  lines: Lines;
  usual: Lines;
}

export const OUTCOMES = ["answered", "asked_back", "unsure", "other"] as const;
export type Outcomes = Record<(typeof OUTCOMES)[number], number>;

export interface LinesEffect {
  questions: number;
  different: number;
  before: Outcomes;
  after: Outcomes;
  moved: { question: string; count: number; before: Said; after: Said }[];
  moved_total: number;
}

export interface Look {
  color: string;
  side: "left" | "right";
}

export interface Shades {
  fill: string;
  ink: string;
  ink_contrast: number;
  text: string;
  ground_contrast: number;
}

export interface Palette {
  look: Look;
  day: Shades;
  night: Shades;
  warnings: string[];
}

export interface LookView {
  palette: Palette;
  allowed_origins: string[];
}

export interface Person {
  id: string;
  name: string;
  role: Role;
  disabled: boolean;
  /** Whether signing in asks them for a code as well. */
  second_factor: boolean;
  created_at: number;
}

export interface Session {
  id: string;
  name: string;
  created_at: number;
  expires_at: number;
  seen_at: number;
  address: string;
  program: string;
  current: boolean;
}

export interface ApiKey {
  id: string;
  name: string;
  hint: string;
  scopes: string[];
  created_by: string;
  created_at: number;
  expires_at: number | null;
  used_at: number | null;
}

/** A deletion of everything about one person; `by` is none for the person themselves. */
export interface Erasure {
  at: number;
  by: string | null;
  report: { number: string; gone: { table: string; title: string; rows: number }[]; kept: { title: string; rows: number; why: string }[] };
}

/** How long what is kept, and what the last run has deleted, or the next one would. */
export interface RetentionView {
  kinds: { kind: string; title: string; days: number | null; deleted: number }[];
  last_at: number | null;
  last_seconds: number | null;
}
