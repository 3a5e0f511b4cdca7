/** What was typed and not sent, for each conversation; it survives a reload. */
import { defineStore } from "pinia";

export interface Draft {
  text: string;
  /** Whether it is to be a note for colleagues. */
  note: boolean;
  products: { sku: string; name: string }[];
  /** The suggestion that was put in. */
  suggestion?: string;
}

const PREFIX = "desk.draft.";
const EMPTY: Draft = { text: "", note: false, products: [] };

function kept(id: string): Draft {
  try {
    return { ...EMPTY, ...(JSON.parse(localStorage.getItem(PREFIX + id) ?? "{}") as Partial<Draft>) };
  } catch {
    return { ...EMPTY };
  }
}

export const useDrafts = defineStore("drafts", {
  state: () => ({ drafts: {} as Record<string, Draft> }),
  actions: {
    of(id: string): Draft {
      return (this.drafts[id] ??= kept(id));
    },
    change(id: string, part: Partial<Draft>): void {
      const draft = Object.assign(this.of(id), part);
      const empty = draft.text === "" && draft.products.length === 0 && !draft.note;
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
