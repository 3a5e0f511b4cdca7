/**
 * The protocol without a WebSocket: server-sent events one way, POST the other. It looks like a socket, so that the
 * connection does not know the difference.
 */
import type { Socket } from "./surroundings.ts";

/** Opens the stream with the first frame, `hello`; everything after goes to `${url}/frames`. */
export function openEvents(url: string, fetch: typeof globalThis.fetch): Socket {
  const ending = new AbortController();
  let token = "";
  let stream = "";
  let greeted = false;
  let posted: Promise<unknown> = Promise.resolve();
  const socket: Socket = { send, close: () => ending.abort(), onopen: null, onmessage: null, onclose: null };

  function ended(code: number): void {
    if (!ending.signal.aborted) socket.onclose?.({ code });
    ending.abort();
  }

  function ask(address: string, body: string, headers: Record<string, string>): Promise<Response> {
    return fetch(address, { method: "POST", body, headers, signal: ending.signal });
  }

  /** Hands on a frame that a request was answered with; whether it was one. */
  function told(reply: string): boolean {
    const frame = reply.startsWith("{");
    if (frame) socket.onmessage?.({ data: reply });
    return frame;
  }

  function send(text: string): void {
    if (!greeted) {
      greeted = true;
      listen(text).catch(() => ended(1006));
      return;
    }
    // One after the other: what is sent in order arrives in order.
    posted = posted
      .then(() => ask(`${url}/frames`, text, { authorization: `Bearer ${token}`, "x-xiaoer-stream": stream }))
      .then(async (response) => {
        if (!told(await response.text()) && response.status === 401) ended(4401);
      })
      .catch(() => ended(1006));
  }

  async function listen(hello: string): Promise<void> {
    const response = await ask(url, hello, {});
    if (!response.ok || !response.body) {
      told(await response.text());
      return ended(response.status === 429 ? 4429 : 1006);
    }
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return ended(1006);
      text += value;
      const events = text.split("\n\n");
      text = events.pop() ?? "";
      events.forEach(take);
    }
  }

  function take(event: string): void {
    const [data, kind] = ["data", "event"].map((name) => RegExp(`^${name}: ?(.*)$`, "m").exec(event)?.[1]);
    if (!data) return;
    if (kind === "stream") stream = data;
    else if (kind === "close") ended(Number(data));
    else {
      token = /^\{"type":"welcome","token":"(\w+)"/.exec(data)?.[1] ?? token;
      told(data);
    }
  }

  queueMicrotask(() => socket.onopen?.());
  return socket;
}
