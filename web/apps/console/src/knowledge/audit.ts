/** What an audit row changed, field by field, whatever the row is about. */
import type { AuditRow } from "./model.ts";

export interface AuditChange {
  field: string;
  before: string;
  after: string;
}

const isMap = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

function written(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return value.map(written).join("\n");
  return isMap(value) ? JSON.stringify(value, null, 1) : String(value);
}

/** The fields that differ; where nothing is to be compared, what is known about the deed. */
export function changesOf({ before, after, detail }: AuditRow): AuditChange[] {
  if (isMap(before) || isMap(after)) {
    const [old, fresh] = [isMap(before) ? before : {}, isMap(after) ? after : {}];
    return [...new Set([...Object.keys(old), ...Object.keys(fresh)])].map((field) => ({ field, before: written(old[field]), after: written(fresh[field]) })).filter((one) => one.before !== one.after);
  }
  return isMap(detail) ? Object.entries(detail).map(([field, value]) => ({ field, before: "", after: written(value) })) : [];
}
