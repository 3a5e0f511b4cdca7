/** What a shopper knows who waits for a person: place and honest estimate, or when people answer again. */
import { h } from "preact";
import type { Waiting } from "@xiaoer/realtime";
import { moment } from "@xiaoer/ui";
import type { Words } from "./panel.tsx";

export function Wait({ queue, words, cancel }: { queue: Waiting | null; words: Words; cancel(): void }) {
  return (
    <div class="banner" role="status">
      {waitText(queue, words)}
      <button type="button" class="link" onClick={cancel}>
        {words.cancelWait}
      </button>
    </div>
  );
}

/** The wait in words: only what the server said, and minutes rounded up. */
export function waitText(queue: Waiting | null, words: Words): string {
  const { place, estimate_s: estimate, opens_at: opens } = queue ?? {};
  if (opens) return words.opens.replace("{at}", moment(opens));
  if (!place) return words.waiting;
  const ahead = place > 1 ? words.ahead.replace("{n}", `${place - 1}`) : words.next;
  return estimate === undefined ? ahead : ahead + words.estimate.replace("{n}", `${Math.ceil(estimate / 60) || 1}`);
}
