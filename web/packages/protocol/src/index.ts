export * from "./generated/index.ts";

/** The subprotocol that client and server agree on during the handshake. */
export const SUBPROTOCOL = "xiaoer.v1";

/** Longest text of a message, in characters (code points). */
export const MAX_TEXT_CHARS = 1000;

/** Close codes that a client treats differently from a broken line. */
export const CLOSE_RATE_LIMITED = 4429;
export const CLOSE_TRY_LATER = 1013;
export const CLOSE_SIGNED_OUT = 4401;
