/** The conversations that were opened: messages, notes, who else is there, and what the assistant proposes. */
import type { DeskServerFrame, Message, Note, Viewer } from "@xiaoer/protocol";
import { defineStore } from "pinia";
import { get, post, query, reason } from "../api.ts";
import type { MessagePage, NoteList, Proposals } from "../desk/model.ts";
import { EMPTY, lastSequence, leavesGap, type Transcript, withMessages } from "../desk/transcript.ts";

/** As many as come at once. */
const PAGE = 100;
const TYPING_MS = 6_000;

export interface Conversation {
  transcript: Transcript;
  notes: Note[];
  viewers: Viewer[];
  proposals: Proposals | null;
  /** The newest sequence that the shopper has read. */
  read: number;
  typing: boolean;
  loading: boolean;
  loaded: boolean;
  failed: string;
}

const path = (id: string): string => `/api/desk/conversations/${id}`;
const typingTimers = new Map<string, ReturnType<typeof setTimeout>>();
const fillings = new Map<string, Promise<void>>();

function empty(): Conversation {
  return { transcript: EMPTY, notes: [], viewers: [], proposals: null, read: 0, typing: false, loading: false, loaded: false, failed: "" };
}

export const useTranscripts = defineStore("transcripts", {
  state: () => ({ conversations: {} as Record<string, Conversation> }),
  actions: {
    /** Reads a conversation, or whatever of it came since it was read last. */
    async open(id: string): Promise<void> {
      this.conversations[id] ??= empty();
      const held = this.conversations[id];
      held.loading = true;
      held.failed = "";
      try {
        await Promise.all([this.fill(id), this.readNotes(id), this.propose(id)]);
        held.loaded = true;
      } catch (error) {
        held.failed = reason(error);
      } finally {
        held.loading = false;
      }
    },

    /** Fetches behind the newest message that is held, until nothing is missing. One at a time for a conversation. */
    fill(id: string): Promise<void> {
      const running = fillings.get(id);
      if (running) return running;
      const filling = this.fetchMissing(id).finally(() => fillings.delete(id));
      fillings.set(id, filling);
      return filling;
    },

    async fetchMissing(id: string): Promise<void> {
      const held = this.conversations[id];
      if (!held) return;
      for (;;) {
        const after = held.transcript.messages.length ? lastSequence(held.transcript) : null;
        const page = await get<MessagePage>(`${path(id)}/messages${query({ after })}`);
        held.transcript = withMessages(held.transcript, page.messages);
        if (after === null) held.transcript.hasEarlier = page.has_earlier;
        held.read = Math.max(held.read, page.read_sequence);
        held.viewers = page.viewers;
        if (after === null || page.messages.length < PAGE) return;
      }
    },

    async earlier(id: string): Promise<void> {
      const held = this.conversations[id];
      const first = held?.transcript.messages[0];
      if (!held || !first || !held.transcript.hasEarlier) return;
      const page = await get<MessagePage>(`${path(id)}/messages${query({ before: first.sequence })}`);
      held.transcript = { ...withMessages(held.transcript, page.messages), hasEarlier: page.has_earlier };
    },

    /** Shows the personal numbers of one message; the server writes down who has read them. */
    async reveal(id: string, sequence: number): Promise<void> {
      const message = await post<Message>(`${path(id)}/messages/${sequence}/reveal`);
      const held = this.conversations[id];
      if (held) held.transcript = withMessages(held.transcript, [message]);
    },

    async readNotes(id: string): Promise<void> {
      const { notes } = await get<NoteList>(`${path(id)}/notes`);
      const held = this.conversations[id];
      if (held) held.notes = notes;
    },

    async propose(id: string): Promise<void> {
      const proposals = await get<Proposals>(`${path(id)}/suggestions`).catch(() => null);
      const held = this.conversations[id];
      if (held && proposals && proposals.sequence >= (held.proposals?.sequence ?? 0)) held.proposals = proposals;
    },

    addNote(note: Note): void {
      const held = this.conversations[note.conversation_id];
      if (held && !held.notes.some((one) => one.id === note.id)) held.notes = [...held.notes, note];
    },

    add(id: string, message: Message): void {
      const held = this.conversations[id];
      if (!held || (!held.loaded && !held.loading)) return;
      if (leavesGap(held.transcript, message)) return void this.fill(id).catch(() => {});
      held.transcript = withMessages(held.transcript, [message]);
      if (message.author === "shopper") held.typing = false;
    },

    shopperTypes(id: string, on: boolean): void {
      const held = this.conversations[id];
      if (!held) return;
      clearTimeout(typingTimers.get(id));
      held.typing = on;
      if (on) typingTimers.set(id, setTimeout(() => (held.typing = false), TYPING_MS));
    },

    /** What a frame says about conversations. */
    hear(frame: DeskServerFrame): void {
      if (frame.type === "message") return this.add(frame.conversation_id, frame.message);
      if (frame.type === "note") return this.addNote(frame.note);
      if (frame.type === "typing") return this.shopperTypes(frame.conversation_id, frame.on);
      if (!("conversation_id" in frame) || !frame.conversation_id) return;
      const held = this.conversations[frame.conversation_id];
      if (!held) return;
      // It has moved to somebody else's group: nothing more comes, and what was shown is no longer theirs to read.
      if (frame.type === "error" && frame.code === "not_found" && !frame.client_id) {
        this.conversations[frame.conversation_id] = { ...empty(), failed: frame.message };
      }
      if (frame.type === "viewers") held.viewers = frame.viewers;
      if (frame.type === "read") held.read = Math.max(held.read, frame.sequence);
      if (frame.type === "suggestions" && frame.sequence >= (held.proposals?.sequence ?? 0)) {
        held.proposals = { sequence: frame.sequence, answers: frame.answers, products: frame.products };
      }
    },

    forget(): void {
      this.conversations = {};
    },
  },
});
