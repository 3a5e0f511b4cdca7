import { describe, expect, it } from "vitest";
import { openEvents } from "./events.ts";

const WELCOME = '{"type":"welcome","token":"abc123","messages":[]}';

/** A server that streams what the test gives and answers posts. */
function world(answer: (body: string) => Response, open?: () => Response) {
  let push!: (text: string) => void;
  let end!: () => void;
  const asked: { url: string; body: string; headers: Record<string, string> }[] = [];
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      push = (text) => controller.enqueue(new TextEncoder().encode(text));
      end = () => controller.close();
    },
  });
  const fetch = ((url: string, init: RequestInit) => {
    asked.push({ url, body: String(init.body), headers: init.headers as Record<string, string> });
    return Promise.resolve(url.endsWith("/frames") ? answer(String(init.body)) : (open?.() ?? new Response(stream)));
  }) as typeof globalThis.fetch;
  const socket = openEvents("http://kf/sse/chat", fetch);
  const heard: string[] = [];
  const codes: number[] = [];
  socket.onmessage = (event) => heard.push(String(event.data));
  socket.onclose = (event) => codes.push(event.code);
  return { socket, asked, heard, codes, push: (text: string) => push(text), end: () => end() };
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

describe("the protocol without WebSocket", () => {
  it("reads events in whatever pieces they come, and sends in order with token and stream", async () => {
    const it = world((body) => new Response(body.includes("ping") ? '{"type":"pong"}' : null, { status: body.includes("ping") ? 200 : 204 }));
    it.socket.send('{"type":"hello"}');
    await settled();
    it.push("event: stream\nda");
    it.push(`ta: 17\n\ndata: ${WELCOME}\n\ndata: {"type":"st`);
    it.push('atus","status":"waiting"}\n\n');
    await settled();
    expect(it.heard).toEqual([WELCOME, '{"type":"status","status":"waiting"}']);
    it.socket.send('{"type":"typing","on":true}');
    it.socket.send('{"type":"ping"}');
    await settled();
    expect(it.heard.at(-1)).toBe('{"type":"pong"}');
    expect(it.asked.map((one) => one.body)).toEqual(['{"type":"hello"}', '{"type":"typing","on":true}', '{"type":"ping"}']);
    expect(it.asked[2]).toMatchObject({ url: "http://kf/sse/chat/frames", headers: { authorization: "Bearer abc123", "x-xiaoer-stream": "17" } });
    it.push("event: close\ndata: 1012\n\n");
    await settled();
    expect(it.codes).toEqual([1012]);
  });

  it("passes errors on as frames, and ends once when the line breaks", async () => {
    const busy = '{"type":"error","code":"busy","message":"忙","client_id":"a","retry_after_ms":900}';
    const it = world(() => new Response(busy, { status: 503 }));
    it.socket.send('{"type":"hello"}');
    await settled();
    it.push(`event: stream\ndata: 1\n\ndata: ${WELCOME}\n\n`);
    it.socket.send('{"type":"say"}');
    await settled();
    expect(it.heard.at(-1)).toBe(busy);
    it.end();
    await settled();
    expect(it.codes).toEqual([1006]);
  });

  it("line 4: hands on why a hello was not believed", async () => {
    const refusal = '{"type":"error","code":"bad_identity","message":"登录信息无效"}';
    const it = world(() => new Response(refusal, { status: 401 }), () => new Response(refusal, { status: 401 }));
    it.socket.send('{"type":"hello","jwt":"no"}');
    await settled();
    expect(it.heard).toEqual([refusal]);
  });

  it("takes a token that is not known for signed out", async () => {
    const it = world(() => new Response("say hello first", { status: 401 }));
    it.socket.send('{"type":"hello"}');
    await settled();
    it.socket.send('{"type":"ping"}');
    await settled();
    expect(it.codes).toEqual([4401]);
  });
});
