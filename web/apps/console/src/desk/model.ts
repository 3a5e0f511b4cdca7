/** What the desk's routes answer with, where no frame carries the same. */
import type { CaseCard, DeskSettings, Message, Named, Note, ProductCard, QuickReply, Segment, SuggestedAnswer, Viewer } from "@xiaoer/protocol";

export interface CasePage {
  cases: CaseCard[];
  next?: string | null;
  total: number;
}

export interface MessagePage {
  messages: Message[];
  last_sequence: number;
  has_earlier: boolean;
  read_sequence: number;
  viewers: Viewer[];
}

export interface MoodPoint {
  sequence: number;
  title: string;
  value: number;
}

export interface Brief {
  reason: string;
  intent?: string | null;
  summary: string;
  trend: string;
  mood: MoodPoint[];
  slots: { name?: string; title?: string; value: string }[];
  tried: { sequence: number; question: string; did: string; entry?: string | null; solved?: boolean | null }[];
  products: { sku: string; name: string; how: string; at: number }[];
}

export interface CaseDetail {
  case: CaseCard;
  brief: Brief;
  agents: Named[];
}

export interface Customer {
  shopper_id: string;
  name: string;
  first_seen: number;
  segments: Segment[];
  spent: number;
  purchases: number;
  largest_purchase: number;
  events: { kind: string; sku: string; product: string; value: number; at: number }[];
  cases: CaseCard[];
}

export interface Proposals {
  sequence: number;
  answers: SuggestedAnswer[];
  products: ProductCard[];
}

export interface FilledReply {
  reply: QuickReply;
  filled: string;
  missing: string[];
}

export interface FoundEntry {
  id: string;
  question: string;
  answer: string;
  probability: number;
}

export interface FoundMessage {
  case: CaseCard;
  conversation_id: string;
  message: Message;
}

export interface SettingsView {
  /** The hours of a usual week, as shoppers read them. */
  hours_in_words: string;
  settings: DeskSettings;
  open: boolean;
  changes_at?: number | null;
}

export type NoteList = { notes: Note[] };
