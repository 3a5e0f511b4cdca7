/** One thing done to the server by a dialog: busy while it goes on, and why it was refused if it was. */
import { ref, type Ref } from "vue";
import { reason } from "./api.ts";

export interface Deed {
  busy: Ref<boolean>;
  /** Empty, or the refusal in words for the person. */
  refused: Ref<string>;
  /** Does it; what it throws is shown in the dialog and goes no further. */
  run(deed: () => Promise<void>): Promise<void>;
}

export function useDeed(): Deed {
  const busy = ref(false);
  const refused = ref("");
  async function run(deed: () => Promise<void>): Promise<void> {
    busy.value = true;
    refused.value = "";
    try {
      await deed();
    } catch (error) {
      refused.value = reason(error);
    } finally {
      busy.value = false;
    }
  }
  return { busy, refused, run };
}
