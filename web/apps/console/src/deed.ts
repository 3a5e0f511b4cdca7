/** One thing done to the server by a dialog: busy while it goes on, and why it was refused if it was. */
import { ref, type Ref, shallowRef } from "vue";
import { type Problem, reason, Refused } from "./api.ts";

export interface Deed {
  busy: Ref<boolean>;
  /** Empty, or the refusal in words for the person. */
  refused: Ref<string>;
  /** And where, if the server said so. */
  problems: Ref<Problem[]>;
  /** Does it; what it throws is shown in the dialog and goes no further. */
  run(deed: () => Promise<void>): Promise<void>;
}

export function useDeed(): Deed {
  const busy = ref(false);
  const refused = ref("");
  const problems = shallowRef<Problem[]>([]);
  async function run(deed: () => Promise<void>): Promise<void> {
    busy.value = true;
    refused.value = "";
    problems.value = [];
    try {
      await deed();
    } catch (error) {
      refused.value = reason(error);
      if (error instanceof Refused) problems.value = error.problems;
    } finally {
      busy.value = false;
    }
  }
  return { busy, refused, problems, run };
}
