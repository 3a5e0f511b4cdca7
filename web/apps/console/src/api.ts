/** Requests to the server. A change carries the header that a foreign page cannot send. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

export async function request<T>(path: string, change?: { body?: unknown }): Promise<T> {
  const answer = await fetch(path, {
    method: change ? "POST" : "GET",
    headers: change ? { "Content-Type": "application/json", "X-Xiaoer-Csrf": "1" } : {},
    ...(change ? { body: JSON.stringify(change.body ?? {}) } : {}),
  });
  const body: unknown = await answer.json().catch(() => null);
  if (!answer.ok) throw new Refused(answer.status, (body as { message?: string } | null)?.message ?? answer.statusText);
  return body as T;
}
