/** The input: Enter sends, Shift+Enter breaks the line, and Enter that belongs to an input method does neither. */
import { Component, h } from "preact";
import { MAX_TEXT_CHARS } from "@xiaoer/protocol";
import { sendsMessage } from "@xiaoer/ui";
import { Icon } from "./icon.tsx";
import type { Words } from "./panel.tsx";

/** From here on the remaining characters are shown. */
const COUNT_FROM = MAX_TEXT_CHARS - 100;

interface Props {
  words: Words;
  send(text: string): void;
  typing(on: boolean): void;
}

export class Composer extends Component<Props, { text: string }> {
  state = { text: "" };

  render({ words, send, typing }: Props, { text }: { text: string }) {
    const length = [...text].length;
    const blank = text.trim() === "" || length > MAX_TEXT_CHARS;
    const submit = (event: Event) => {
      event.preventDefault();
      if (blank) return;
      send(text.trim());
      this.setState({ text: "" });
    };
    return (
      <form class="composer" onSubmit={submit}>
        <textarea
          rows={1}
          value={text}
          placeholder={words.placeholder}
          aria-label={words.placeholder}
          onInput={(event) => {
            this.setState({ text: event.currentTarget.value });
            typing(event.currentTarget.value !== "");
          }}
          onKeyDown={(event) => sendsMessage(event) && submit(event)}
        />
        {length > COUNT_FROM && <span class={length > MAX_TEXT_CHARS ? "count over" : "count"}>{MAX_TEXT_CHARS - length}</span>}
        <button type="submit" class="send" disabled={blank} aria-label={words.send}>
          <Icon d="M4 12l16-8-5 16-4-6z" />
        </button>
      </form>
    );
  }
}
