/** The knowledge base as the server tells it. Moments are milliseconds since 1970 UTC, money is fen. */
import type { Body, Segment } from "@xiaoer/protocol";
import type { Problem } from "../api.ts";

export interface Page<T> {
  items: T[];
  total: number;
}

/** Another answer where all given conditions hold. */
export interface Variant {
  segment: Segment | null;
  sku: string | null;
  category: string | null;
  answer: string;
}

export interface Content {
  category: string;
  question: string;
  similar: string[];
  answer: string;
  quick_replies: string[];
  related: string[];
  products: string[];
  valid_from: number | null;
  valid_until: number | null;
  variants: Variant[];
  tags: string[];
}

export type EntryState = "published" | "draft" | "in_review" | "approved";
export type ChangeKind = "added" | "changed" | "removed";

export interface EntryRow {
  id: string;
  category: string;
  question: string;
  similar_count: number;
  state: EntryState;
  change: ChangeKind | null;
  tags: string[];
  valid_from: number | null;
  valid_until: number | null;
  updated_at: number | null;
  updated_by: string | null;
}

export interface EntryPage extends Page<EntryRow> {
  counts: Record<EntryState, number>;
}

export interface FieldChange {
  field: string;
  before: string;
  after: string;
  pieces: { kind: "same" | "removed" | "added"; text: string }[];
}

export interface Entry {
  id: string;
  state: EntryState;
  change: ChangeKind | null;
  revision: number;
  content: Content;
  live: Content | null;
  fields: FieldChange[];
  updated_at: number | null;
  updated_by: string | null;
  submitted_by: string | null;
  reviewed_by: string | null;
  review_note: string;
}

export interface Warning {
  kind: "owned" | "near_duplicate" | "confuses";
  phrasing: string | null;
  entry: string;
  question: string;
  similarity: number;
  text: string;
}

export interface Checked {
  problems: Problem[];
  warnings: Warning[];
}

/** Two live entries that the ranker mixes up, with the phrasings of one that find the other. */
export interface Confusion {
  first: { id: string; question: string };
  second: { id: string; question: string };
  phrasings: { text: string; of: string; probability: number; other: number }[];
}

export interface CategoryNode {
  path: string;
  name: string;
  count: number;
  total: number;
  children: CategoryNode[];
}

export interface Pending {
  version: number;
  review_required: boolean;
  counts: Record<Exclude<EntryState, "published">, number>;
  added: number;
  changed: number;
  removed: number;
  words_changed: string[];
  ready: number;
  last_gate: { job: string; at: number; gained: number; lost: number; changed: number; fresh: boolean } | null;
}

export interface Change {
  part: string;
  subject: string;
  title: string;
  kind: ChangeKind;
  fields: FieldChange[];
}

export interface Published {
  version: number;
  added: number;
  changed: number;
  removed: number;
  words_changed: string[];
  took_ms: number;
  at: number;
}

export interface Version {
  version: number;
  at: number;
  actor: string;
  note: string;
  source: string;
  rolled_back_to: number | null;
  added: number;
  changed: number;
  removed: number;
  is_live: boolean;
}

/** What the assistant said or would say. */
export interface Said {
  act: string;
  entry: string | null;
  question: string | null;
  confidence: number;
  text: string;
}

export type Verdict = "gained" | "lost" | "changed";

export interface GateItem {
  kind: Verdict;
  question: string;
  count: number;
  source: "asked" | "test";
  before: Said;
  after: Said;
  expected: string | null;
}

export interface Gate {
  questions: number;
  tests: number;
  same: number;
  gained: number;
  lost: number;
  changed: number;
  tests_passed_before: number;
  tests_passed_after: number;
  items: GateItem[];
  items_total: number;
}

export interface Imported {
  rows: number;
  added: number;
  changed: number;
  removed?: number;
  unchanged: number;
  dry_run?: boolean;
  version?: number | null;
  warnings?: Problem[];
}

export interface Node {
  text: string;
  value?: number;
  because?: Node[];
}

export interface Tried {
  against: Against;
  version: number;
  raw: string;
  normal: string;
  tokens: string[];
  synonyms: { word: string; canonical: string }[];
  stop_words: string[];
  candidates: { id: string; question: string; category: string; probability: number; because: [string, number][] }[];
  matched: { view: string; phrasing: string; score: number; terms: [string, number][] }[];
  confidence: number;
  thresholds: { answer: number; clarify: number; chitchat: number; failures: number };
  intents: { name: string; title: string; probability: number }[];
  verdict: "sure" | "ambiguous" | "rejected";
  mood: { mood: string; value: number; urgent: boolean; risk: string[]; probabilities: number[] };
  act: string;
  entry: string | null;
  variant: number | null;
  reply: Body | null;
  explanation: Node;
  lines: string[];
}

export type Against = "live" | "draft";

export interface Test {
  id: string;
  question: string;
  expected: string;
  expected_question: string | null;
  source: string;
  last: { passed: boolean; entry: string | null; confidence: number; at: number } | null;
}

export interface Run {
  id: string;
  at: number;
  actor: string;
  against: Against;
  version: number;
  total: number;
  passed: number;
  fixed: number;
  broken: number;
}

export interface RunItem {
  question: string;
  expected: string;
  expected_question: string | null;
  got: Said;
  passed: boolean;
  before: boolean | null;
}

export interface Cluster {
  id: string;
  question: string;
  kinds: Partial<Record<"unknown" | "downvoted" | "correction", number>>;
  volume: number;
  handed_over: number;
  cost: number;
  first_at: number;
  last_at: number;
  nearest: { id: string; question: string; probability: number }[];
  answered: { id: string; question: string } | null;
  proposal: { entry: string | null; question: string | null; answer: string | null; by: string } | null;
  state: "open" | "settled";
  settled_by: string | null;
  settled_as: string | null;
  settled_at: number | null;
  settled_entry: string | null;
}

export interface Member {
  id: string;
  kind: "unknown" | "downvoted" | "correction";
  text: string;
  at: number;
  conversation_id: string;
  sequence: number;
  handed_over: boolean;
  entry: string | null;
  by: string | null;
}

export type Adoption =
  | { action: "similar"; entry: string; phrasings: string[] }
  | { action: "new"; category: string; question: string; answer: string; phrasings: string[] }
  | { action: "out_of_scope"; phrasings: string[] }
  | { action: "dismiss" };

export interface AdoptionEffect {
  problems: Problem[];
  warnings: Warning[];
  effects: { text: string; before: Said; after: Said; solved: boolean }[];
  solved: number;
  total: number;
  disturbed: { text: string; before: Said; after: Said }[];
}

export interface DictionaryWord {
  word: string;
  frequency: number | null;
  tag: string | null;
}

export interface WordsView {
  revision: number;
  synonyms: string[][];
  dictionary: DictionaryWord[];
  stop_words: string[];
  changed: { synonyms: boolean; dictionary: boolean; stop_words: boolean };
  updated_at: number | null;
  updated_by: string | null;
}

export interface WordsEffect {
  problems: Problem[];
  segmentations: { text: string; entry: string; before: string[]; after: string[] }[];
  segmentations_total: number;
  entries: { id: string; question: string; phrasings: number }[];
  entries_total: number;
  questions_asked: number;
}

export interface Product {
  sku: string;
  name: string;
  category: string;
  brand: string;
  price: number;
  original_price: number;
  stock: number;
  colors: string[];
  sizes: string[];
  attributes: Record<string, string>;
  tags: string[];
  persons: string[];
  occasions: string[];
  season: string;
  description: string;
  image_color: string;
  rating: number;
  sold: number;
  listed_on: string;
}

export interface AuditRow {
  id: string;
  at: number;
  actor: string;
  action: string;
  subject: string;
  before: unknown;
  after: unknown;
  detail: unknown;
}
