/**
 * The desk by keyboard. Letters are taken by their place on the keyboard (`code`), because Alt changes what they write
 * on a Mac; nothing happens during a composition of an input method.
 */
export type Command =
  | "next" | "previous" | "nextUnread" | "claim" | "resolve" | "transfer" | "note" | "reply" | "tags" | "products" | "takeOver" | "search" | "list" | "help"
  | "insert1" | "insert2" | "insert3" | "send1" | "send2" | "send3";

/** What is shown in the list of shortcuts, in its order. */
export const SHORTCUTS: { keys: string; command: string }[] = [
  { keys: "Alt+↓ / Alt+↑", command: "next" },
  { keys: "Alt+U", command: "nextUnread" },
  { keys: "Alt+C", command: "claim" },
  { keys: "Alt+R", command: "resolve" },
  { keys: "Alt+T", command: "transfer" },
  { keys: "Alt+O", command: "takeOver" },
  { keys: "Alt+M", command: "reply" },
  { keys: "Alt+N", command: "note" },
  { keys: "Alt+P", command: "products" },
  { keys: "Alt+G", command: "tags" },
  { keys: "Alt+1 / 2 / 3", command: "insert" },
  { keys: "Alt+Shift+1 / 2 / 3", command: "send" },
  { keys: "Alt+L", command: "list" },
  { keys: "Alt+/", command: "search" },
  { keys: "/", command: "slash" },
  { keys: "@", command: "mention" },
  { keys: "Enter / Shift+Enter", command: "enter" },
  { keys: "Esc", command: "escape" },
  { keys: "?", command: "help" },
];

const BY_CODE: Record<string, Command> = {
  ArrowDown: "next",
  ArrowUp: "previous",
  KeyU: "nextUnread",
  KeyC: "claim",
  KeyR: "resolve",
  KeyT: "transfer",
  KeyO: "takeOver",
  KeyM: "reply",
  KeyN: "note",
  KeyP: "products",
  KeyG: "tags",
  KeyL: "list",
  Slash: "search",
};

type Key = Pick<KeyboardEvent, "code" | "key" | "altKey" | "ctrlKey" | "metaKey" | "shiftKey" | "isComposing">;

/** What a key asks for; `typing` says whether the focus is in a field of text. */
export function commandOf(event: Key, typing: boolean): Command | null {
  if (event.isComposing || event.ctrlKey || event.metaKey) return null;
  if (!event.altKey) return event.key === "?" && !typing ? "help" : null;
  const digit = /^(?:Digit|Numpad)([123])$/.exec(event.code)?.[1];
  if (digit) return `${event.shiftKey ? "send" : "insert"}${digit}` as Command;
  return event.shiftKey ? null : (BY_CODE[event.code] ?? null);
}
