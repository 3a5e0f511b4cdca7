/** A list that grows by a button: page after page, each added to what is there. */
import { type Ref, ref, shallowRef } from "vue";
import { reason } from "../api.ts";
import type { Page } from "./model.ts";

export interface Grown<T> {
  items: Ref<T[]>;
  total: Ref<number>;
  ready: Ref<boolean>;
  busy: Ref<boolean>;
  refused: Ref<string>;
  anew(): Promise<void>;
  more(): Promise<void>;
}

export function useGrown<T, P extends Page<T> = Page<T>>(ask: (offset: number, limit: number) => Promise<P>, size = 50, seen: (page: P) => void = () => {}): Grown<T> {
  const items = shallowRef<T[]>([]);
  const [total, ready, busy, refused] = [ref(0), ref(false), ref(false), ref("")];
  let era = 0;

  async function load(offset: number): Promise<void> {
    const mine = ++era;
    busy.value = true;
    refused.value = "";
    try {
      const page = await ask(offset, size);
      if (mine !== era) return;
      items.value = offset ? [...items.value, ...page.items] : page.items;
      total.value = page.total;
      ready.value = true;
      seen(page);
    } catch (error) {
      if (mine === era) refused.value = reason(error);
    } finally {
      if (mine === era) busy.value = false;
    }
  }
  return { items, total, ready, busy, refused, anew: () => load(0), more: () => load(items.value.length) };
}
