/** What the routes of quality sampling answer with. */
import type { CaseCard } from "@xiaoer/protocol";

export interface Sheet {
  case: CaseCard;
  scores: { item: string; points: number }[];
  /** None until somebody has looked. */
  total?: number | null;
  comment: string;
  by?: string | null;
  drawn_at: number;
}
