/** Requests to the server. A change carries the header that a foreign page cannot send. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
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
  const answer = await fetch(path, {
    method,
    headers: changes ? { "Content-Type": "application/json", "X-Xiaoer-Csrf": "1" } : {},
    ...(changes ? { body: JSON.stringify(body ?? {}) } : {}),
  }).catch(() => {
    throw new Refused(0, "offline", NO_LINE);
  });
  const read: unknown = await answer.json().catch(() => null);
  if (answer.ok) return read as T;
  if (answer.status === 401) onSignedOut();
  const refusal = read as { code?: string; message?: string } | null;
  throw new Refused(answer.status, refusal?.code ?? "", refusal?.message ?? answer.statusText);
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

/** What to show of anything that was thrown. */
export function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
