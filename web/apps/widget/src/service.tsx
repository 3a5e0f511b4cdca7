/** Asks once what a service by a person was worth: a plain form, so that keyboards and screen readers know it. */
import { h } from "preact";
import type { Connection } from "@xiaoer/realtime";
import type { Words } from "./panel.tsx";

export function Service({ words, connection }: { words: Words; connection: Connection }) {
  const choice = (name: string, value: number, text: string, sign?: string) => (
    <label>
      <input type="radio" name={name} value={value} required aria-label={text} />
      {sign ?? text}
    </label>
  );
  return (
    <form
      class="service"
      aria-label={words.rate}
      onSubmit={(event) => {
        event.preventDefault();
        const form = new FormData(event.currentTarget);
        connection.rateService(form.get("solved") === "1", Number(form.get("stars")), String(form.get("comment")));
        // The form goes away: the keyboard stays in the panel.
        event.currentTarget.closest<HTMLElement>(".panel")?.focus();
      }}
    >
      <strong>{words.rate}</strong>
      <div class="solved">
        {choice("solved", 1, words.solved)}
        {choice("solved", 0, words.unsolved)}
      </div>
      <div class="stars">{[1, 2, 3, 4, 5].map((star) => choice("stars", star, words.star.replace("{n}", `${star}`), "★"))}</div>
      <input name="comment" maxLength={500} placeholder={words.comment} aria-label={words.comment} />
      <button type="submit" class="action">
        {words.submit}
      </button>
    </form>
  );
}
