/** Money as people type it and as the server keeps it. */
import { yuan } from "@xiaoer/ui";

/** `26900` fen as `269`. */
export const yuanOf = yuan;

/** `199`, `19.9` or `¥19.90` as fen; nothing where it is no price. */
export function fenOf(typed: string): number | null {
  const found = /^[¥￥]?\s*(\d{1,8})(?:\.(\d{1,2}))?$/.exec(typed.trim());
  return found ? Number(found[1]) * 100 + Number((found[2] ?? "").padEnd(2, "0")) : null;
}
