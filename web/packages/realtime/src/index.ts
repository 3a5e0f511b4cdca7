export { Connection, type Socket, type Surroundings, type View } from "./connection.ts";
export type { PendingMessage, Transcript } from "./transcript.ts";
