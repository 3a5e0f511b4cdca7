/** Rules that send conversations to a person. */
import type { HandoverRule, Segment } from "@xiaoer/protocol";

export const SEGMENTS: Segment[] = ["new", "customer", "loyal", "undecided"];

/** What stands for no rule yet; the server gives an id. */
export const NO_ID = "00000000-0000-0000-0000-000000000000";

export function emptyRule(): HandoverRule {
  return { id: NO_ID, name: "", enabled: true, intents: [], segments: [], hand_over: true, group: null, head_start_s: 0 };
}

/** Something that shoppers want, as the knowledge names it. */
export interface IntentChoice {
  name: string;
  title: string;
}
