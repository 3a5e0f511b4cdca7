export { Connection, type Socket, type Surroundings, type View, type Waiting } from "./connection.ts";
export { openEvents } from "./events.ts";
export { claimSound } from "./sound.ts";
export { type PendingMessage, type Transcript, unread } from "./transcript.ts";
