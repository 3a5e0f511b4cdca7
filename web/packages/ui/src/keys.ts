/**
 * Whether a key sends the message: Enter does, Shift+Enter breaks the line, and the Enter that belongs to an input
 * method only ends a composition. Some browsers report 229 instead of `isComposing` for it.
 */
export function sendsMessage(event: Pick<KeyboardEvent, "key" | "shiftKey" | "isComposing" | "keyCode">): boolean {
  return event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229;
}
