/** A drawing beside words, or in the place of words that the button says itself. */
import { h } from "preact";

export function Icon({ d, kind }: { d: string; kind?: string }) {
  return (
    <svg class={kind} viewBox="0 0 24 24" aria-hidden="true">
      <path d={d} />
    </svg>
  );
}
