/** What is carried over the category tree, by mouse or by keyboard, and where it may be put down. */
import { ref, shallowRef } from "vue";

export type Carried = { category: string } | { entries: string[] };

export const carried = shallowRef<Carried | null>(null);

/** The category that it hovers over; the empty text for the top. */
export const over = ref<string | null>(null);

export function carry(what: Carried | null): void {
  carried.value = what;
  over.value = null;
}

const above = (path: string): string => path.split("/").slice(0, -1).join("/");

/** Where a category would be afterwards; nothing where that is where it is, or inside of itself. */
export function placeOf(category: string, target: string): string | null {
  const inside = target === category || target.startsWith(`${category}/`);
  if (inside || target === above(category)) return null;
  const name = category.split("/").at(-1) ?? "";
  return target ? `${target}/${name}` : name;
}

export function mayPut(what: Carried | null, target: string): boolean {
  if (!what) return false;
  return "category" in what ? placeOf(what.category, target) !== null : target !== "";
}
