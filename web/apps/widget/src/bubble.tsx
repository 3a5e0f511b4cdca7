/** One message: text, product cards, questions, actions, and whether it helped. */
import { Component, h } from "preact";
import type { Message, ProductCard, Verdict } from "@xiaoer/protocol";
import type { Connection } from "@xiaoer/realtime";
import { type Inline, parseMarkdown, safeHref, yuan } from "@xiaoer/ui";
import { base } from "./base.ts";
import { Icon } from "./icon.tsx";
import type { Words } from "./panel.tsx";

const THUMB = "M7 11v9H4v-9zM7 11l4-8a2.5 2.5 0 0 1 2.5 2.5V9H19a2 2 0 0 1 2 2.3l-1.2 7A2 2 0 0 1 17.8 20H7";

/** The address of a picture: its path is one of the server, not of the page. */
const shown = (path: string): string => new URL(path, base).href;

interface Props {
  message: Message;
  words: Words;
  connection: Connection;
}

export function Bubble({ message, words, connection }: Props) {
  const { body, author } = message;
  if (author === "shopper") {
    return (
      <div class="row mine">
        <div class="bubble">{body.text}</div>
      </div>
    );
  }
  if (author === "system") return <p class="note event">{body.text}</p>;
  return (
    <div class="row">
      <span class="label">{author === "agent" ? (body.agent ?? words.agent) : words.bot}</span>
      <div class="bubble">
        {markdown(body.text)}
        {body.questions && (
          <div class="questions">
            {body.questions.map((question) => (
              <button type="button" onClick={() => connection.say(question)}>
                {question}
              </button>
            ))}
          </div>
        )}
        {body.actions?.includes("call_human") && (
          <button type="button" class="action" onClick={() => connection.say(words.humanText)}>
            {words.human}
          </button>
        )}
      </div>
      {body.products && (
        <div class="cards">
          {body.products.map((card) => (
            <Card card={card} words={words} />
          ))}
        </div>
      )}
      {body.ratable && <Rating sequence={message.sequence} words={words} connection={connection} />}
    </div>
  );
}

/** A message never changes, so what it is made of needs no keys. */
function markdown(source: string) {
  return parseMarkdown(source).map((block) => {
    if (block.kind === "paragraph") return <p>{block.inlines.map(inline)}</p>;
    if (block.kind === "table") return <table>{block.rows.map(row)}</table>;
    const List = block.ordered ? "ol" : "ul";
    return <List>{block.items.map((item) => <li>{item.map(inline)}</li>)}</List>;
  });
}

/** The first row and the first column are heads. */
function row(cells: Inline[][], y: number) {
  return (
    <tr>
      {cells.map((cell, x) => {
        const Cell = !x === !y ? "td" : "th";
        return <Cell>{cell.map(inline)}</Cell>;
      })}
    </tr>
  );
}

function inline(part: Inline) {
  if (part.kind === "bold") return <b>{part.text}</b>;
  if (part.kind === "text") return part.text;
  if (part.kind === "picture") return <img src={shown(part.href)} alt={part.text} />;
  return (
    <a href={part.href} rel="noopener" target={/^h/i.test(part.href) ? "_blank" : undefined}>
      {part.text}
    </a>
  );
}

function Card({ card, words }: { card: ProductCard; words: Words }) {
  const picture = safeHref(card.picture);
  return (
    <a class="card" href={safeHref(card.url)} rel="noopener">
      {picture && <img src={shown(picture)} alt="" loading="lazy" />}
      <span class="info">
        <span class="name">{card.name}</span>
        <span class="price">
          ¥{yuan(card.price)}
          {card.original_price > card.price && <s>¥{yuan(card.original_price)}</s>}
        </span>
        <span class="reason">{card.reason}</span>
        {card.few_left !== undefined && <span class="few">{words.fewLeft.replace("{n}", String(card.few_left))}</span>}
      </span>
    </a>
  );
}

class Rating extends Component<{ sequence: number; words: Words; connection: Connection }, { given: boolean }> {
  render({ sequence, words, connection }: Rating["props"], { given }: Rating["state"]) {
    if (given) return <p class="note">{words.thanks}</p>;
    const give = (verdict: Verdict) => () => {
      connection.rate(sequence, verdict);
      this.setState({ given: true });
    };
    return (
      <div class="rating">
        <button type="button" onClick={give("solved")}>
          <Icon d={THUMB} kind="thumb" /> {words.solved}
        </button>
        <button type="button" onClick={give("unsolved")}>
          <Icon d={THUMB} kind="thumb down" /> {words.unsolved}
        </button>
      </div>
    );
  }
}
