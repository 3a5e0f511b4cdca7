// Generated from the Rust structs by `make types`. Do not edit.

export type Action = "call_human";

export type Author = "shopper" | "bot" | "agent" | "system";

export type Status = "bot" | "waiting" | "agent" | "closed";

export type Verdict = "solved" | "unsolved";

export type Notice = "agent_joined" | "agent_left" | "resolved" | "wait_cancelled" | "ticket_opened";

export type HandoverReason = "danger" | "requested" | "risk" | "mood" | "unanswered" | "rule";

export type ErrorCode = "bad_frame" | "empty" | "too_long" | "conflict" | "not_found" | "forbidden" | "rate_limited" | "too_many_sockets" | "busy" | "bad_identity" | "internal";

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
ratable?: boolean, 
/**
 * Name of the person who writes, in a message of an agent.
 */
agent?: string, 
/**
 * Id of the campaign whose message it is; only such a message was sent without being asked for.
 */
campaign?: string, 
/**
 * What happened, in a message of the system; its text says the same in Chinese.
 */
notice?: Notice, 
/**
 * At the desk alone: whether personal numbers in it are masked; one of them is revealed by a request that is
 * recorded.
 */
masked?: boolean, };

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
 * A token of the shop that says which customer this is; one that is not believed is answered by the error
 * `bad_identity`, and the socket is closed with 4401.
 */
jwt?: string, 
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
verdict: Verdict, } | { "type": "cancel_wait", } | { "type": "rate_service", 
/**
 * From `welcome` or `rating_request`.
 */
case_id: string, 
/**
 * 已解决 or 未解决.
 */
solved: boolean, 
/**
 * 1 to 5.
 */
stars: number, 
/**
 * In words, at most 500 characters.
 */
comment?: string, } | { "type": "history", 
/**
 * The oldest sequence that the client holds.
 */
before: number, } | { "type": "identify", 
/**
 * The token.
 */
jwt: string, } | { "type": "leave", } | { "type": "ping", } | { "type": "pong", };

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
 * Name of the person who answers, where one does.
 */
agent?: string, 
/**
 * A case that the shopper may still rate.
 */
rate_case?: string, 
/**
 * Until when the server knows which customer this is, in milliseconds since 1970 UTC; left out where it does
 * not.
 */
identified_until?: number, 
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
sequence: number, } | { "type": "identified", 
/**
 * Until when, in milliseconds since 1970 UTC.
 */
until: number, } | { "type": "status", 
/**
 * Who answers.
 */
status: Status, 
/**
 * Name of the person who answers, where one does.
 */
agent?: string, } | { "type": "queue", 
/**
 * 1 for the next in turn; none for a ticket.
 */
place?: number, 
/**
 * An honest estimate of the wait in seconds, from how long conversations took of late; none where nothing
 * honest can be said.
 */
estimate_s?: number, 
/**
 * For a ticket: when people answer again, in milliseconds since 1970 UTC.
 */
opens_at?: number, 
/**
 * Whether the assistant answers meanwhile.
 */
bot: boolean, } | { "type": "rating_request", 
/**
 * Which.
 */
case_id: string, } | { "type": "rated", 
/**
 * Which.
 */
case_id: string, } | { "type": "error", 
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

export type CaseState = "waiting" | "open" | "resolved" | "cancelled";

export type Presence = "online" | "away" | "offline";

export type ClockState = "fine" | "warning" | "breached" | "met";

export type ServiceClock = { 
/**
 * When it is over its target; business hours are counted in already.
 */
due: number, 
/**
 * Against the target, at the moment this was made.
 */
state: ClockState, 
/**
 * Whether it still runs; one that has stopped presses nobody, however late it was.
 */
running: boolean, };

export type Target = "first_answer" | "resolution";

export type Named = { 
/**
 * Its id.
 */
id: string, 
/**
 * Its name: of an agent, the one that shoppers see.
 */
name: string, };

export type Preview = { 
/**
 * Its place.
 */
sequence: number, 
/**
 * Who wrote it.
 */
author: Author, 
/**
 * Its first characters.
 */
text: string, 
/**
 * When.
 */
at: number, };

export type ServiceRating = { 
/**
 * 已解决 or 未解决.
 */
solved: boolean, 
/**
 * 1 to 5.
 */
stars: number, 
/**
 * In words; empty for none.
 */
comment: string, };

export type CaseCard = { 
/**
 * The case.
 */
id: string, 
/**
 * Grows with every change of the case.
 */
revision: number, 
/**
 * Its conversation; messages are numbered inside it.
 */
conversation_id: string, 
/**
 * Whose it is.
 */
shopper_id: string, 
/**
 * What to call the shopper: their name, or 访客 with a short number.
 */
shopper: string, 
/**
 * Where it stands.
 */
state: CaseState, 
/**
 * Whether it was asked for outside business hours: nobody waits at the screen, the answer reaches them later.
 */
ticket: boolean, 
/**
 * Why a person is needed.
 */
reason: HandoverReason, 
/**
 * The skill group that should take it; none for anybody.
 */
group?: Named | null, 
/**
 * Who has it, or had it last.
 */
agent?: Named | null, 
/**
 * Since when a person is wanted.
 */
since: number, 
/**
 * When an agent took it first.
 */
claimed_at?: number, 
/**
 * When it ended.
 */
ended_at?: number, 
/**
 * Why it ended, one of the shop's reasons.
 */
resolution?: string | null, 
/**
 * What it is about, as the assistant understood it: title of an intent.
 */
intent?: string | null, 
/**
 * The shopper's newest mood from -2 (furious) to 2 (delighted).
 */
mood: number, 
/**
 * Whether the shopper presses.
 */
urgent: boolean, 
/**
 * What the shopper has bought, in fen.
 */
spent: number, 
/**
 * How much it needs a look, from 0 to 1: reason, mood, waiting, clocks.
 */
risk: number, 
/**
 * The newest message.
 */
last?: Preview | null, 
/**
 * The newest sequence of the conversation.
 */
last_sequence: number, 
/**
 * Messages of the shopper that no agent has read.
 */
unread: number, 
/**
 * Tags.
 */
tags: Array<string>, 
/**
 * The clock of the first answer.
 */
first_answer: ServiceClock, 
/**
 * The clock of the resolution.
 */
resolve: ServiceClock, 
/**
 * What the shopper thought of it.
 */
rating?: ServiceRating | null, };

export type AgentCard = { 
/**
 * Who.
 */
id: string, 
/**
 * The name they sign in with.
 */
name: string, 
/**
 * The name that shoppers see.
 */
display_name: string, 
/**
 * `agent`, `supervisor` or `admin`.
 */
role: string, 
/**
 * Whether they take conversations.
 */
presence: Presence, 
/**
 * Open conversations.
 */
open: number, 
/**
 * Open conversations that they can have at a time.
 */
capacity: number, 
/**
 * Their skill groups.
 */
groups: Array<Named>, };

export type Counters = { 
/**
 * Shoppers who wait for a person at this moment, tickets left out.
 */
waiting: number, 
/**
 * Tickets that nobody has.
 */
tickets: number, 
/**
 * Open cases of all agents.
 */
open: number, 
/**
 * Open cases of whoever reads this.
 */
mine: number, 
/**
 * Cases that were resolved today.
 */
resolved_today: number, 
/**
 * Agents who take conversations.
 */
agents_online: number, };

export type NoteKind = "note" | "whisper";

export type Note = { 
/**
 * Its id.
 */
id: string, 
/**
 * Its conversation.
 */
conversation_id: string, 
/**
 * The newest sequence when it was written: it stands behind that message.
 */
after_sequence: number, 
/**
 * Who may read it.
 */
kind: NoteKind, 
/**
 * Who wrote it.
 */
author: Named, 
/**
 * What it says; `@name` names a colleague.
 */
text: string, 
/**
 * Who is named in it.
 */
mentions: Array<Named>, 
/**
 * When.
 */
at: number, };

export type SuggestedAnswer = { 
/**
 * Names this proposal; say what became of it.
 */
id: string, 
/**
 * The FAQ entry.
 */
entry: string, 
/**
 * Its standard question.
 */
question: string, 
/**
 * Its answer, Markdown without HTML.
 */
answer: string, 
/**
 * Calibrated probability that it answers, from 0 to 1.
 */
confidence: number, };

export type Adoption = "inserted" | "sent" | "edited";

export type Viewer = { 
/**
 * Who.
 */
agent: Named, 
/**
 * Whether they are typing an answer.
 */
typing: boolean, };

export type Segment = "new" | "customer" | "loyal" | "undecided";

export type HandoverRule = { 
/**
 * Its id; given by the server.
 */
id: string, 
/**
 * What the admin calls it.
 */
name: string, 
/**
 * Whether it is in force.
 */
enabled: boolean, 
/**
 * Names of intents; one of them was understood.
 */
intents: Array<string>, 
/**
 * The largest purchase of the last 30 days is at least so much, in fen.
 */
min_order_value?: number, 
/**
 * Segments; the shopper is in one of them.
 */
segments: Array<Segment>, 
/**
 * Whether it calls a person by itself; otherwise it only chooses group and priority when somebody else calls.
 */
hand_over: boolean, 
/**
 * The skill group that takes such a case.
 */
group?: string | null, 
/**
 * Seconds that such a case is put before others who came at the same time, 0 to 1,800.
 */
head_start_s: number, };

export type Stretch = { 
/**
 * When people begin to answer.
 */
from: number, 
/**
 * When they stop.
 */
to: number, };

export type SpecialDay = { 
/**
 * `2026-10-01`.
 */
date: string, 
/**
 * When people answer on it; empty for not at all.
 */
open: Array<Stretch>, };

export type OpeningHours = { 
/**
 * Seven days, Monday first. Stretches of a day are in order and do not overlap.
 */
week: Array<Array<Stretch>>, 
/**
 * Holidays and working weekends.
 */
special: Array<SpecialDay>, };

export type ScoreItem = { 
/**
 * What is looked at.
 */
name: string, 
/**
 * Points, at most.
 */
points: number, };

export type DeskSettings = { 
/**
 * When people answer.
 */
hours: OpeningHours, 
/**
 * Whether the assistant goes on answering while the shopper waits.
 */
bot_while_waiting: boolean, 
/**
 * Whether the server gives conversations to agents; otherwise they take them from the queue.
 */
assign: boolean, 
/**
 * Open conversations that an agent can have, where nothing else is said of them.
 */
capacity: number, 
/**
 * How long a returning shopper waits for the agent they know, in seconds.
 */
known_agent_s: number, 
/**
 * How long a case waits for its skill group before anybody may take it, in seconds.
 */
group_s: number, 
/**
 * Target of the first answer, in seconds of business time.
 */
first_answer_s: number, 
/**
 * Target of the resolution, in seconds of business time.
 */
resolution_s: number, 
/**
 * Reasons to resolve with.
 */
resolutions: Array<string>, 
/**
 * Tags to choose from.
 */
tags: Array<string>, 
/**
 * Points of the score sheet, each with the points it can give.
 */
score_sheet: Array<ScoreItem>, };

export type QuickReply = { 
/**
 * Its id; given by the server.
 */
id: string, 
/**
 * What to type for it, without the slash: `tk`.
 */
shortcut: string, 
/**
 * Its title in lists.
 */
title: string, 
/**
 * The text; `{{name}}`, `{{order}}`, `{{agent}}`, `{{shop}}` are filled in.
 */
text: string, 
/**
 * Products that go with it.
 */
products: Array<string>, 
/**
 * Whether all agents have it; shared ones are written by supervisors.
 */
shared: boolean, };

export type CaseChange = "waiting" | "assigned" | "returned" | "resolved" | "cancelled" | "updated" | "rated";

export type DeskClientFrame = { "type": "hello", } | { "type": "presence", 
/**
 * The wish.
 */
presence: Presence, } | { "type": "view", 
/**
 * Which.
 */
conversation_id: string, 
/**
 * Whether it is opened.
 */
on: boolean, } | { "type": "watch_all", 
/**
 * Whether.
 */
on: boolean, } | { "type": "say", 
/**
 * Which conversation.
 */
conversation_id: string, 
/**
 * Made by the console, at most 64 characters; the same for every resend.
 */
client_id: string, 
/**
 * What to say; may be empty where products are sent.
 */
text: string, 
/**
 * Products to send as cards.
 */
products: Array<string>, 
/**
 * The suggested answer that this came from. Whether it was changed is found out by the server.
 */
suggestion?: string, } | { "type": "typing", 
/**
 * Where.
 */
conversation_id: string, 
/**
 * Whether it goes on.
 */
on: boolean, } | { "type": "read", 
/**
 * Where.
 */
conversation_id: string, 
/**
 * The newest sequence that was on the screen.
 */
sequence: number, } | { "type": "ping", } | { "type": "pong", };

export type DeskServerFrame = { "type": "welcome", 
/**
 * Who this is.
 */
me: AgentCard, 
/**
 * Own open cases.
 */
cases: Array<CaseCard>, 
/**
 * The first of the queue.
 */
queue: Array<CaseCard>, 
/**
 * Live numbers.
 */
counters: Counters, 
/**
 * Everybody at the desk.
 */
agents: Array<AgentCard>, 
/**
 * All skill groups.
 */
groups: Array<Named>, 
/**
 * The server's time: clocks are shown against it.
 */
now: number, } | { "type": "case", 
/**
 * What happened.
 */
change: CaseChange, 
/**
 * The case after it.
 */
case: CaseCard, } | { "type": "queue", 
/**
 * Next in turn first.
 */
queue: Array<CaseCard>, } | { "type": "counters", 
/**
 * All of them.
 */
counters: Counters, } | { "type": "message", 
/**
 * Which conversation.
 */
conversation_id: string, 
/**
 * The message.
 */
message: Message, } | { "type": "ack", 
/**
 * Which conversation.
 */
conversation_id: string, 
/**
 * The console's own id of it.
 */
client_id: string, 
/**
 * Its place.
 */
sequence: number, 
/**
 * When it was committed.
 */
at: number, } | { "type": "note", 
/**
 * The note.
 */
note: Note, 
/**
 * Whether this agent is named in it, or it is a whisper to them.
 */
to_me: boolean, } | { "type": "suggestions", 
/**
 * Which conversation.
 */
conversation_id: string, 
/**
 * The shopper's message.
 */
sequence: number, 
/**
 * At most three, best first.
 */
answers: Array<SuggestedAnswer>, 
/**
 * At most three, best first; none while the shopper is upset.
 */
products: Array<ProductCard>, } | { "type": "typing", 
/**
 * Where.
 */
conversation_id: string, 
/**
 * Whether it goes on.
 */
on: boolean, } | { "type": "read", 
/**
 * Where.
 */
conversation_id: string, 
/**
 * The newest sequence that was on the screen.
 */
sequence: number, } | { "type": "viewers", 
/**
 * Where.
 */
conversation_id: string, 
/**
 * All others.
 */
viewers: Array<Viewer>, } | { "type": "agent", 
/**
 * The agent after it.
 */
agent: AgentCard, } | { "type": "clock", 
/**
 * Which case.
 */
case_id: string, 
/**
 * Its conversation.
 */
conversation_id: string, 
/**
 * Which clock.
 */
target: Target, 
/**
 * `warning` or `breached`.
 */
state: ClockState, 
/**
 * When it is over its target.
 */
due: number, } | { "type": "error", 
/**
 * For programs.
 */
code: ErrorCode, 
/**
 * For the agent, in Chinese.
 */
message: string, 
/**
 * Which message it is about.
 */
client_id?: string, 
/**
 * Which conversation it is about.
 */
conversation_id?: string, } | { "type": "ping", } | { "type": "pong", };
