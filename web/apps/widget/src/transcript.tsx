/** The list of messages. One's own message always scrolls into view, an incoming one only near the bottom. */
import { Component, Fragment, h } from "preact";
import type { Connection, View } from "@xiaoer/realtime";
import { clock } from "@xiaoer/ui";
import { Bubble } from "./bubble.tsx";
import type { Words } from "./panel.tsx";
import { Service } from "./service.tsx";

/** Distance from the bottom, in pixels, that still counts as being there. */
const NEAR = 80;

/** Minutes of silence after which the time is shown. */
const PAUSE_MS = 5 * 60_000;

interface Props {
  view: View;
  words: Words;
  connection: Connection;
}

export class Transcript extends Component<Props, { fresh: boolean }> {
  list: HTMLElement | null = null;
  atBottom = true;

  toBottom = () => {
    if (this.list) this.list.scrollTop = this.list.scrollHeight;
    this.setState({ fresh: false });
  };

  componentDidMount() {
    this.toBottom();
  }

  componentDidUpdate(before: Props) {
    const [now, then] = [this.props.view, before.view];
    const newest = now.transcript.messages.at(-1);
    if (newest?.sequence !== then.transcript.messages.at(-1)?.sequence) {
      if (this.atBottom || newest?.author === "shopper") this.toBottom();
      else this.setState({ fresh: true });
    }
    const moved = ({ transcript, awaiting, typing, rateCase, status }: View) => [transcript.pending.length, awaiting, typing, rateCase, status].join();
    if (moved(now) !== moved(then)) this.toBottom();
  }

  render({ view, words, connection }: Props, { fresh }: { fresh: boolean }) {
    const { messages, pending, hasEarlier } = view.transcript;
    const newest = messages.at(-1);
    const own = newest?.author === "shopper" ? newest : null;
    return (
      <div
        class="list"
        role="log"
        aria-live="off"
        tabIndex={0}
        ref={(list) => void (this.list = list)}
        onScroll={(event) => {
          const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
          this.atBottom = scrollHeight - scrollTop - clientHeight < NEAR;
          if (this.atBottom) this.setState({ fresh: false });
        }}
      >
        {hasEarlier && (
          <button type="button" class="earlier" onClick={() => connection.loadEarlier()}>
            {words.earlier}
          </button>
        )}
        {!hasEarlier && view.shop && <Welcome view={view} words={words} connection={connection} />}
        {messages.map((message, index) => (
          <>
            {message.at - (messages[index - 1]?.at ?? 0) > PAUSE_MS && <time key={`t${message.sequence}`}>{clock(message.at)}</time>}
            <Bubble key={message.sequence} message={message} words={words} connection={connection} />
          </>
        ))}
        {pending.length === 0 && own && own.sequence <= view.seen && <p class="note mine">{words.seen}</p>}
        {pending.map((one) => (
          <div key={one.clientId} class="row mine">
            <div class={one.failed ? "bubble failed" : "bubble pending"}>{one.text}</div>
            {one.failed && (
              <p class="note">
                {one.failed}
                <button type="button" class="link" onClick={() => connection.resend(one.clientId)}>
                  {words.resend}
                </button>
              </p>
            )}
          </div>
        ))}
        {(view.typing || view.awaiting) && view.state === "open" && (
          <div class="row" aria-label={words.typing}>
            <div class="bubble dots">
              <i />
              <i />
              <i />
            </div>
          </div>
        )}
        {view.rateCase && <Service key={view.rateCase} words={words} connection={connection} />}
        {view.rated && <p class="note event" role="status">{words.thanks}</p>}
        <p class="hidden" aria-live="polite">
          {newest && newest.author !== "shopper" ? newest.body.text : ""}
        </p>
        {fresh && (
          <button type="button" class="fresh" onClick={this.toBottom}>
            {words.fresh}
          </button>
        )}
      </div>
    );
  }
}

function Welcome({ view, words, connection }: { view: View; words: Words; connection: Connection }) {
  return (
    <div class="row">
      <span class="label">{words.bot}</span>
      <div class="bubble">
        <p>{view.shop?.greeting}</p>
        <p class="caption">{words.hot}</p>
        <div class="questions">
          {view.shop?.hot_questions.map((question) => (
            <button type="button" key={question} onClick={() => connection.say(question)}>
              {question}
            </button>
          ))}
        </div>
      </div>
    </div>
  );
}
