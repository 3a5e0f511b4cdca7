/** What was typed and not sent, for each conversation; it survives a reload. */
import type { NoteKind } from "@xiaoer/protocol";
import { defineStore } from "pinia";

export interface Draft {
  text: string;
  /** To the shopper, or for colleagues. */
  kind: "say" | NoteKind;
  products: { sku: string; name: string }[];
  /** The suggestion that was put in. */
  suggestion?: string;
}

const PREFIX = "desk.draft.";
const EMPTY: Draft = { text: "", kind: "say", products: [] };

function kept(id: string): Draft {
  try {
    return { ...EMPTY, products: [], ...(JSON.parse(localStorage.getItem(PREFIX + id) ?? "{}") as Partial<Draft>) };
  } catch {
    return { ...EMPTY, products: [] };
  }
}

export const useDrafts = defineStore("drafts", {
  state: () => ({ drafts: {} as Record<string, Draft> }),
  actions: {
    of(id: string): Draft {
      // Read back: what was just assigned is not the reactive one.
      this.drafts[id] ??= kept(id);
      return this.drafts[id];
    },
    change(id: string, part: Partial<Draft>): void {
      const draft = Object.assign(this.of(id), part);
      const empty = draft.text === "" && draft.products.length === 0 && draft.kind === "say";
      try {
        if (empty) localStorage.removeItem(PREFIX + id);
        else localStorage.setItem(PREFIX + id, JSON.stringify(draft));
      } catch {
        // Full: the draft lives as long as the page.
      }
    },
    clear(id: string): void {
      this.change(id, { text: "", products: [], suggestion: undefined });
    },
    forget(): void {
      this.drafts = {};
    },
  },
});
