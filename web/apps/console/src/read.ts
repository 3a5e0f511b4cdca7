/** Something read from the server: what came, whether it is on its way, and why it was refused. */
import { type Ref, ref, shallowRef } from "vue";
import { reason } from "./api.ts";

export interface Read<T> {
  value: Ref<T | null>;
  busy: Ref<boolean>;
  refused: Ref<string>;
  /** Reads again; an answer that comes late never replaces a newer one. */
  read(): Promise<void>;
}

export function useRead<T>(ask: () => Promise<T>): Read<T> {
  const value = shallowRef<T | null>(null);
  const busy = ref(false);
  const refused = ref("");
  let asked = 0;
  async function read(): Promise<void> {
    const mine = ++asked;
    busy.value = true;
    refused.value = "";
    try {
      const found = await ask();
      if (mine === asked) value.value = found;
    } catch (error) {
      if (mine === asked) refused.value = reason(error);
    } finally {
      if (mine === asked) busy.value = false;
    }
  }
  return { value, busy, refused, read };
}

/** Calls once it has been quiet for a while: for what follows somebody's typing. */
export function whenQuiet(then: () => void, ms = 350): { later(): void; stop(): void } {
  let timer = 0;
  return {
    later: () => {
      clearTimeout(timer);
      timer = window.setTimeout(then, ms);
    },
    stop: () => clearTimeout(timer),
  };
}
