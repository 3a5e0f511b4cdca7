export { pace } from "./backoff.ts";
export { Connection, type SharedSurroundings, type View, type Waiting } from "./connection.ts";
export type { Socket, Storage, Surroundings } from "./surroundings.ts";
export { openEvents } from "./events.ts";
export { claimSound } from "./sound.ts";
export { type PendingMessage, type Transcript, unread } from "./transcript.ts";
