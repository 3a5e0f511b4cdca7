/** What the assistant learned to hear from corrections, as the server tells it. Moments are milliseconds since 1970 UTC. */
export type CorrectionState = "pending" | "learned" | "refused" | "withdrawn";

export interface Correction {
  id: string;
  text: string;
  /** Names of intents: the right one, and what the model read. */
  intent: string;
  read_as: string;
  actor: string;
  state: CorrectionState;
  /** The version that learned it first; 0 before. */
  learned_in: number;
  at: number;
}

/** Shares from 0 to 1. */
interface Standing {
  accuracy: number;
  new_right: number;
}

/** The trial on sentences that were held out, without and with what is new. */
export interface Comparison {
  held_out: number;
  new: number;
  before: Standing;
  after: Standing;
}

export interface ModelVersion {
  version: number;
  decision: "published" | "refused" | "rolled_back";
  comparison: Comparison;
  actor: string;
  at: number;
}

export interface Attempt {
  decision: "published" | "refused" | "nothing_new";
  version: number | null;
}

export interface Intent {
  name: string;
  title: string;
}

/** The model of the knowledge base alone. It is in no list and always there. */
export const FIRST = 0;

/** The version in force. */
export function inForce(versions: ModelVersion[]): number {
  return Math.max(FIRST, ...versions.filter(({ decision }) => decision === "published").map(({ version }) => version));
}

/** The versions that one may go back to. */
export function waysBack(versions: ModelVersion[]): Set<number> {
  const live = inForce(versions);
  const earlier = versions.filter(({ version, decision }) => decision === "published" && version < live);
  return new Set(live === FIRST ? [] : [FIRST, ...earlier.map(({ version }) => version)]);
}
