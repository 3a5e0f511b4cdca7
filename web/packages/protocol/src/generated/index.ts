// Generated from the Rust structs by `make types`. Do not edit.

export type Action = "call_human";

export type Author = "shopper" | "bot" | "agent" | "system";

export type Status = "bot" | "waiting" | "agent" | "closed";

export type Verdict = "solved" | "unsolved";

export type ErrorCode = "bad_frame" | "empty" | "too_long" | "conflict" | "not_found" | "rate_limited" | "too_many_sockets" | "busy" | "internal";

export type PageContext = { 
/**
 * The product that is on the screen.
 */
sku?: string, 
/**
 * The order that is on the screen.
 */
order_id?: string, 
/**
 * The page's address, without its query.
 */
page_url?: string, };

export type ProductCard = { 
/**
 * Which product; a tap makes it the context of the next message.
 */
sku: string, 
/**
 * Title.
 */
name: string, 
/**
 * Price in fen.
 */
price: number, 
/**
 * Price before a reduction, in fen; equal to `price` where there is none.
 */
original_price: number, 
/**
 * Path of the picture, on the same host.
 */
picture: string, 
/**
 * Path of the product page, on the same host.
 */
url: string, 
/**
 * Why this one is shown: the true reason, from the scorer.
 */
reason: string, 
/**
 * Mean rating from 0 to 5.
 */
rating: number, 
/**
 * Pieces left, where so few that it matters to the shopper.
 */
few_left?: number, };

export type Body = { 
/**
 * Plain text from a shopper; Markdown without HTML from the assistant.
 */
text: string, 
/**
 * Product suggestions, best first.
 */
products?: Array<ProductCard>, 
/**
 * FAQ questions as buttons; a tap asks them.
 */
questions?: Array<string>, 
/**
 * Things the shopper can do now, as buttons.
 */
actions?: Array<Action>, 
/**
 * Whether 👍👎 belong under it: true for an answer from the knowledge base.
 */
ratable?: boolean, };

export type Message = { 
/**
 * Its place in the conversation.
 */
sequence: number, 
/**
 * Its own id.
 */
id: string, 
/**
 * The id that the shopper's client gave it; makes a resend harmless.
 */
client_id?: string, 
/**
 * Who wrote it.
 */
author: Author, 
/**
 * When it was committed, in milliseconds since 1970 UTC.
 */
at: number, 
/**
 * What it says and shows.
 */
body: Body, };

export type ShopCard = { 
/**
 * Name of the shop.
 */
name: string, 
/**
 * Shown above an empty conversation.
 */
greeting: string, 
/**
 * Questions offered before anything was said.
 */
hot_questions: Array<string>, 
/**
 * When people answer.
 */
human_hours: string, };

export type ClientFrame = { "type": "hello", 
/**
 * The token of an earlier `welcome`; without one the server makes a new visitor.
 */
token?: string, 
/**
 * The newest sequence that the client holds; zero for none.
 */
last_sequence: number, 
/**
 * Where the shopper is.
 */
page?: PageContext, } | { "type": "say", 
/**
 * Made by the client, at most 64 characters; the same for every resend of this message.
 */
client_id: string, 
/**
 * What was typed.
 */
text: string, 
/**
 * Where the shopper is.
 */
page?: PageContext, } | { "type": "typing", 
/**
 * Whether it goes on.
 */
on: boolean, } | { "type": "read", 
/**
 * The newest sequence that was on the screen.
 */
sequence: number, } | { "type": "rate", 
/**
 * The answer.
 */
sequence: number, 
/**
 * The verdict; a second one replaces the first.
 */
verdict: Verdict, } | { "type": "history", 
/**
 * The oldest sequence that the client holds.
 */
before: number, } | { "type": "leave", } | { "type": "ping", } | { "type": "pong", };

export type ServerFrame = { "type": "welcome", 
/**
 * Keep it; it names this visitor from now on.
 */
token: string, 
/**
 * The conversation.
 */
conversation_id: string, 
/**
 * Who answers at the moment.
 */
status: Status, 
/**
 * The newest sequence of the conversation.
 */
last_sequence: number, 
/**
 * Whether the messages below replace what the client holds, because too much was missed or the client
 * holds sequences that the server does not know.
 */
reset: boolean, 
/**
 * What the client missed, in order.
 */
messages: Array<Message>, 
/**
 * Whether older messages than these exist.
 */
has_earlier: boolean, 
/**
 * The newest sequence that the shopper has had on a screen, on whichever device.
 */
read_sequence: number, 
/**
 * The newest sequence that a person of the shop has read.
 */
seen_sequence: number, 
/**
 * How the shop presents itself.
 */
shop: ShopCard, } | { "type": "ack", 
/**
 * The client's own id of it.
 */
client_id: string, 
/**
 * Its place in the conversation.
 */
sequence: number, 
/**
 * When it was committed.
 */
at: number, } | { "type": "message", 
/**
 * The message.
 */
message: Message, } | { "type": "history", 
/**
 * In order.
 */
messages: Array<Message>, 
/**
 * Whether still older ones exist.
 */
has_earlier: boolean, } | { "type": "typing", 
/**
 * Who.
 */
author: Author, 
/**
 * Whether it goes on.
 */
on: boolean, } | { "type": "read", 
/**
 * Who.
 */
author: Author, 
/**
 * The newest sequence that was on the screen.
 */
sequence: number, } | { "type": "status", 
/**
 * Who answers.
 */
status: Status, } | { "type": "error", 
/**
 * For programs.
 */
code: ErrorCode, 
/**
 * For the shopper, in Chinese.
 */
message: string, 
/**
 * Which message it is about.
 */
client_id?: string, 
/**
 * When to try again, in milliseconds.
 */
retry_after_ms?: number, } | { "type": "ping", } | { "type": "pong", };
