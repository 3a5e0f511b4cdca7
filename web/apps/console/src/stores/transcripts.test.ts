import type { DeskServerFrame } from "@xiaoer/protocol";
import { createPinia, setActivePinia } from "pinia";
import { beforeEach, describe, expect, it } from "vitest";
import { useTranscripts } from "./transcripts.ts";

describe("a conversation that has moved to another group", () => {
  beforeEach(() => setActivePinia(createPinia()));

  it("shows why instead of what was said", () => {
    const transcripts = useTranscripts();
    const held = { notes: [], viewers: [], proposals: null, read: 3, typing: true, loading: false, loaded: true, failed: "" };
    transcripts.conversations["c-1"] = { ...held, transcript: { messages: [], hasEarlier: true } };
    const moved: DeskServerFrame = { type: "error", code: "not_found", message: "这个会话已转给其他技能组", conversation_id: "c-1" };
    transcripts.hear(moved);
    expect(transcripts.conversations["c-1"]).toMatchObject({ failed: moved.message, loaded: false, read: 0, transcript: { hasEarlier: false } });
    transcripts.hear({ ...moved, conversation_id: "c-2" });
    expect(transcripts.conversations["c-2"]).toBeUndefined();
  });
});
