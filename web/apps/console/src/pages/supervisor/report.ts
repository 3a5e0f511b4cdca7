/** The report of the desk: ranges of time, how figures are written, and what changed against the period before. */
export interface ReportRow {
  name: string;
  volume: number;
  resolved: number;
  first_answer_p50_s?: number | null;
  first_answer_p90_s?: number | null;
  first_answer_in_time?: number | null;
  resolution_p50_s?: number | null;
  resolution_in_time?: number | null;
  transfer_rate?: number | null;
  solved_rate?: number | null;
  stars?: number | null;
  rated: number;
}

export interface Report {
  rows: ReportRow[];
  bot_resolved_rate?: number | null;
  bot_resolved: number;
  bot_conversations: number;
  definitions: { field: string; title: string; text: string }[];
}

export type Kind = "count" | "seconds" | "share" | "stars";
export type Field = Exclude<keyof ReportRow, "name">;

/** Columns in order, how each is written, and whether more of it is better (1), worse (-1) or neither (0). */
export const METRICS: { field: Field; kind: Kind; better: -1 | 0 | 1 }[] = [
  { field: "volume", kind: "count", better: 0 },
  { field: "resolved", kind: "count", better: 0 },
  { field: "first_answer_p50_s", kind: "seconds", better: -1 },
  { field: "first_answer_p90_s", kind: "seconds", better: -1 },
  { field: "first_answer_in_time", kind: "share", better: 1 },
  { field: "resolution_p50_s", kind: "seconds", better: -1 },
  { field: "resolution_in_time", kind: "share", better: 1 },
  { field: "transfer_rate", kind: "share", better: -1 },
  { field: "solved_rate", kind: "share", better: 1 },
  { field: "stars", kind: "stars", better: 1 },
  { field: "rated", kind: "count", better: 0 },
];

export interface Range {
  from: number;
  to: number;
}

const DAY = 86_400_000;

/** The last days up to the end of today, in the browser's time zone. */
export function lastDays(days: number, now: Date): Range {
  const end = new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1).getTime();
  const begin = new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1 - days).getTime();
  return { from: begin, to: end };
}

/** From midnight of the first day to midnight after the last one; days as `2026-11-26`. */
export function wholeDays(first: string, last: string): Range {
  const end = new Date(`${last}T00:00`);
  return { from: new Date(`${first}T00:00`).getTime(), to: new Date(end.getFullYear(), end.getMonth(), end.getDate() + 1).getTime() };
}

/** A moment's day as `2026-11-26`. */
export function dayOf(at: number): string {
  const date = new Date(at);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** The period of the same length just before. One that is not over yet is compared with as much of the one before. */
export function before({ from, to }: Range, now: number): Range {
  const length = Math.max(DAY, Math.round((to - from) / DAY) * DAY);
  return { from: from - length, to: Math.min(to, Math.max(now, from)) - length };
}

export function written(value: number | null | undefined, kind: Kind): string {
  if (value === null || value === undefined) return "—";
  if (kind === "count") return String(value);
  if (kind === "share") return `${(value * 100).toFixed(1)}%`;
  if (kind === "stars") return value.toFixed(2);
  const seconds = Math.round(value);
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${seconds % 60}s`;
  return `${Math.floor(seconds / 3600)}h ${Math.floor((seconds % 3600) / 60)}m`;
}

/** The change in the unit of the figure; percentage points for shares. Nothing where there is nothing to compare. */
export function change(value: number | null | undefined, earlier: number | null | undefined, kind: Kind): { text: string; sign: number } | null {
  if (value === null || value === undefined || earlier === null || earlier === undefined) return null;
  const difference = value - earlier;
  const size = Math.abs(difference);
  const text = kind === "share" ? `${(size * 100).toFixed(1)}pp` : written(size, kind);
  return { text, sign: text === written(0, kind) || text === "0.0pp" ? 0 : Math.sign(difference) };
}
