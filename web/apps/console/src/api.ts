/** Requests to the server. A change carries the header that a foreign page cannot send. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    /** What is wrong with a form or a file, place by place. */
    readonly problems: Problem[] = [],
  ) {
    super(message);
  }
}

/** A row of 0 is the whole of it; file and column may be empty. */
export interface Problem {
  file: string;
  row: number;
  column: string;
  reason: string;
}

type Method = "GET" | "POST" | "PUT" | "DELETE";

const NO_LINE = "网络不通，请稍后再试";

/** Called where the server says that nobody is signed in. */
let onSignedOut = (): void => {};
export function whenSignedOut(then: () => void): void {
  onSignedOut = then;
}

async function send<T>(method: Method, path: string, body?: unknown): Promise<T> {
  const changes = method !== "GET";
  return ask(path, {
    method,
    headers: changes ? { "Content-Type": "application/json", "X-Xiaoer-Csrf": "1" } : {},
    ...(changes ? { body: JSON.stringify(body ?? {}) } : {}),
  });
}

async function ask<T>(path: string, request: RequestInit): Promise<T> {
  const answer = await fetch(path, request).catch(() => {
    throw new Refused(0, "offline", NO_LINE);
  });
  const read: unknown = await answer.json().catch(() => null);
  if (answer.ok) return read as T;
  if (answer.status === 401) onSignedOut();
  const refusal = read as { code?: string; message?: string; problems?: Problem[] } | null;
  throw new Refused(answer.status, refusal?.code ?? "", refusal?.message ?? answer.statusText, refusal?.problems);
}

/** A query without what is empty: `?q=退款&limit=20`. */
export function query(values: Record<string, string | number | boolean | null | undefined>): string {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text && `?${text}`;
}

export const get = <T>(path: string): Promise<T> => send<T>("GET", path);
export const post = <T>(path: string, body?: unknown): Promise<T> => send<T>("POST", path, body);
export const put = <T>(path: string, body?: unknown): Promise<T> => send<T>("PUT", path, body);
export const remove = <T = null>(path: string): Promise<T> => send<T>("DELETE", path);

/** Sends a file as it is; what kind it is the server sees in its content. */
export function upload<T>(path: string, file: File): Promise<T> {
  return ask(path, { method: "POST", headers: { "Content-Type": file.type || "application/octet-stream", "X-Xiaoer-Csrf": "1" }, body: file });
}

/** What to show of anything that was thrown. */
export function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
