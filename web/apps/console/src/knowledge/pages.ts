/**
 * A long list of which only the parts in sight are read: a place for every row, filled page by page. Twenty thousand
 * entries cost two requests until somebody scrolls.
 */
import { type Ref, ref, shallowRef, triggerRef } from "vue";
import { reason } from "../api.ts";
import type { Page } from "./model.ts";

const PAGE = 100;

export interface Pages<T> {
  /** One place a row; what was not read yet is undefined. */
  rows: Ref<(T | undefined)[]>;
  total: Ref<number>;
  ready: Ref<boolean>;
  busy: Ref<boolean>;
  refused: Ref<string>;
  /** Forgets everything and reads the beginning. */
  anew(): Promise<void>;
  /** Reads what is missing between two rows. */
  need(first: number, last: number): void;
}

export function usePages<T, P extends Page<T> = Page<T>>(ask: (offset: number, limit: number) => Promise<P>, seen: (page: P) => void = () => {}): Pages<T> {
  const rows = shallowRef<(T | undefined)[]>([]);
  const [total, ready, busy, refused] = [ref(0), ref(false), ref(false), ref("")];
  let era = 0;
  let asked = new Set<number>();

  async function load(page: number, mine: number): Promise<void> {
    asked.add(page);
    try {
      const found = await ask(page * PAGE, PAGE);
      if (mine !== era) return;
      if (page === 0 || rows.value.length !== found.total) rows.value = Array.from({ length: found.total }, (_, place) => (page === 0 ? undefined : rows.value[place]));
      found.items.forEach((item, place) => (rows.value[page * PAGE + place] = item));
      total.value = found.total;
      triggerRef(rows);
      seen(found);
    } catch (error) {
      if (mine !== era) return;
      asked.delete(page);
      refused.value = reason(error);
    }
  }

  async function anew(): Promise<void> {
    const mine = ++era;
    asked = new Set();
    busy.value = true;
    refused.value = "";
    await load(0, mine);
    if (mine !== era) return;
    busy.value = false;
    ready.value = true;
  }

  function need(first: number, last: number): void {
    for (let page = Math.floor(first / PAGE); page <= Math.floor(last / PAGE); page++) if (!asked.has(page)) void load(page, era);
  }

  return { rows, total, ready, busy, refused, anew, need };
}
