/** Segments and campaigns as the server tells them. Moments are milliseconds since 1970 UTC, minutes are of the day. */
export interface Segment {
  /** The automatic ones have none. */
  id: string | null;
  name: string;
  rule: string;
  description: string;
  count: number;
}

export interface RuleField {
  name: string;
  kind: "number" | "text" | "yes_no";
  unit: string;
}

export interface Segments {
  segments: Segment[];
  everybody: number;
  fields: RuleField[];
}

export interface Line {
  text: string;
  holds: boolean;
}

export interface Member {
  person: string;
  name: string;
  why: Line[];
  agreed: string[];
}

export type Trigger =
  | { kind: "segment_entry" | "back_in_stock" }
  | { kind: "page"; path: string }
  | { kind: "cart_left" | "order_unpaid"; minutes: number }
  | { kind: "price_drop"; percent: number }
  | { kind: "birthday"; minute: number }
  | { kind: "schedule"; at: number };

export type TriggerKind = Trigger["kind"];
export const TRIGGERS: TriggerKind[] = ["segment_entry", "page", "cart_left", "order_unpaid", "price_drop", "back_in_stock", "birthday", "schedule"];

export type Channel = "widget" | "email" | "sms" | "wechat";
export const CHANNELS: Channel[] = ["widget", "email", "sms", "wechat"];

export type Products = { kind: "none" | "trigger" } | { kind: "listed"; skus: string[] } | { kind: "recommended"; count: number };

export interface Content {
  subject: string;
  text: string;
  products: Products;
}

export interface Cap {
  times: number;
  days: number;
}

export interface Plan {
  trigger: Trigger;
  audience: string;
  channel: Channel;
  variants: Content[];
  holdout_percent: number;
  cap: Cap;
  credited_days: number;
  ends_at: number | null;
}

export type State = "draft" | "running" | "paused" | "ended";

export interface Campaign {
  id: string;
  name: string;
  state: State;
  plan: Plan;
  trigger_title: string;
  channel_title: string;
  revision: number;
  updated_at: number;
  started_at: number | null;
}

export interface Reason {
  reason: string;
  title: string;
  count: number;
}

export interface Sample {
  person: string;
  name: string;
  variant: number | null;
  held_out: boolean;
  reasons: string[];
  audience: Line[];
  text: string;
  products: string[];
}

export interface DryRun {
  everybody: number;
  outside: number;
  not_due: number;
  variants: number[];
  holdout: number;
  refused_persons: number;
  refused: Reason[];
  would_get: Sample[];
  would_not: Sample[];
  not_meant: Sample[];
}

export interface Figures {
  persons: number;
  sent: number;
  seen: number;
  clicked: number;
  unsubscribed: number;
  failed: number;
  withdrawn: number;
  bought: number;
}

export interface Lift {
  value: number;
  lower: number;
  upper: number;
}

export interface Report {
  total: Figures;
  holdout: Figures;
  variants: Figures[];
  lift: Lift | null;
  against_first: (Lift | null)[];
  days: { at: number; sent: number; clicked: number }[];
  refused: Reason[];
  definitions: { title: string; definition: string }[];
}

export interface Limits {
  cap: Cap;
  quiet: { from: number; until: number };
}

export interface Profile {
  person: string;
  fields: { field: string; name: string; value: string; unit: string; source: string; at: number }[];
  segments: { name: string; why: string[] }[];
  touches: { campaign: string; channel: string; state: string; at: number }[];
}

/** A trigger of this kind as the editor begins with it. */
export function triggerOf(kind: TriggerKind, now: number): Trigger {
  switch (kind) {
    case "page":
      return { kind, path: "/category/*" };
    case "cart_left":
      return { kind, minutes: 60 };
    case "order_unpaid":
      return { kind, minutes: 15 };
    case "price_drop":
      return { kind, percent: 10 };
    case "birthday":
      return { kind, minute: 600 };
    case "schedule":
      return { kind, at: now + 3_600_000 };
    default:
      return { kind };
  }
}

/** Whether a trigger comes with products of its own. */
export const bringsProducts = (kind: TriggerKind): boolean => ["cart_left", "order_unpaid", "price_drop", "back_in_stock"].includes(kind);

export function emptyPlan(): Plan {
  return { trigger: { kind: "cart_left", minutes: 60 }, audience: "", channel: "widget", variants: [emptyContent()], holdout_percent: 10, cap: { times: 1, days: 7 }, credited_days: 7, ends_at: null };
}

export const emptyContent = (): Content => ({ subject: "", text: "", products: { kind: "none" } });

/** 1260 as `21:00`, and back; null for what is no time. */
export const clockOf = (minute: number): string => `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
export function minuteOf(clock: string): number | null {
  const found = /^(\d{1,2}):(\d{2})$/.exec(clock);
  if (!found) return null;
  const [hours, minutes] = [Number(found[1]), Number(found[2])];
  return hours <= 24 && minutes < 60 && hours * 60 + minutes <= 1440 ? hours * 60 + minutes : null;
}

/** A moment as a field for day and hour writes it, in China, whatever the browser's zone; and back. */
const CHINA_MS = 8 * 3_600_000;
export const localOf = (at: number): string => new Date(at + CHINA_MS).toISOString().slice(0, 16);
export function momentOf(local: string): number | null {
  const at = local ? Date.parse(`${local}:00Z`) : Number.NaN;
  return Number.isNaN(at) ? null : at - CHINA_MS;
}

/** What to call somebody: their name, the shop's own name of them, or a visitor with the end of the number. */
export function calledAs({ person, name }: { person: string; name: string }, visitor: string): string {
  if (name) return name;
  return person.startsWith("v:") ? `${visitor} ${person.slice(-4).toUpperCase()}` : person.slice(2);
}

/** 0.0312 as `+3.1` percentage points. */
export const points = (share: number): string => `${share > 0 ? "+" : ""}${(share * 100).toFixed(1)}`;
export const percent = (part: number, whole: number): string => (whole ? `${((part * 100) / whole).toFixed(1)}%` : "—");

/** What was deleted of a person, and what stays. */
export interface Erased {
  number: string;
  gone: { table: string; title: string; rows: number }[];
  kept: { title: string; rows: number; why: string }[];
}
