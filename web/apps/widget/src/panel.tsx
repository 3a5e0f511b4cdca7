/** Launcher and chat panel. */
import { Component, h } from "preact";
import type { Connection, View } from "@xiaoer/realtime";
import { Composer } from "./composer.tsx";
import { Icon } from "./icon.tsx";
import { Transcript } from "./transcript.tsx";
import { Wait } from "./wait.tsx";

export type Words = Record<keyof typeof import("@xiaoer/ui/zh-CN.json"), string>;

interface Props {
  view: View;
  opened: boolean;
  unread: number;
  words: Words;
  connection: Connection;
  toggle(open: boolean): void;
}

export class Panel extends Component<Props> {
  launcher: HTMLButtonElement | null = null;

  panel: HTMLElement | null = null;

  /** What was clicked will go away: the keyboard stays in the panel. */
  keepFocus = () => this.panel?.focus();

  componentDidUpdate(before: Props) {
    if (before.opened && !this.props.opened) this.launcher?.focus();
  }

  render({ view, opened, unread, words, connection, toggle }: Props) {
    if (!opened) {
      return (
        <button ref={(button) => void (this.launcher = button)} class="launcher" type="button" aria-label={words.open} onClick={() => toggle(true)}>
          <Icon d="M4 5.5A2.5 2.5 0 0 1 6.5 3h11A2.5 2.5 0 0 1 20 5.5v8a2.5 2.5 0 0 1-2.5 2.5H11l-4.6 4a.8.8 0 0 1-1.4-.6V16A2.5 2.5 0 0 1 4 13.5z" />
          {unread > 0 && <span class="badge">{unread}</span>}
        </button>
      );
    }
    const status = view.status === "agent" ? (view.agent ?? words.agent) : view.status === "waiting" ? words.waiting : words.bot;
    return (
      <section
        class="panel"
        role="dialog"
        tabIndex={-1}
        ref={(panel) => void (this.panel = panel)}
        aria-label={words.title}
        onKeyDown={(event) => event.key === "Escape" && toggle(false)}
      >
        <header>
          <span class="avatar" aria-hidden="true">
            二
          </span>
          <div class="who">
            <strong>{view.shop?.name ?? words.title}</strong>
            <span class={`status ${view.status}`}>{status}</span>
          </div>
          {view.status !== "agent" && view.status !== "waiting" && (
            <button
              type="button"
              class="human"
              onClick={() => {
                connection.say(words.humanText);
                this.keepFocus();
              }}
            >
              {words.human}
            </button>
          )}
          <button type="button" class="icon" aria-label={words.close} onClick={() => toggle(false)}>
            <Icon d="M6 9l6 6 6-6" />
          </button>
        </header>
        {view.state !== "open" && <p class="banner">{view.state === "waiting" ? words.reconnecting : words.connecting}</p>}
        {view.notice && (
          <p class="banner warning" role="alert">
            {view.notice}
          </p>
        )}
        {view.status === "waiting" && (
          <Wait
            queue={view.queue}
            words={words}
            cancel={() => {
              connection.cancelWait();
              this.keepFocus();
            }}
          />
        )}
        <Transcript view={view} words={words} connection={connection} />
        <Composer words={words} send={(text) => connection.say(text)} typing={(on) => connection.typing(on)} />
      </section>
    );
  }
}
