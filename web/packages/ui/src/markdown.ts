/**
 * The Markdown of answers as a tree: paragraphs, lists, tables, bold, links, pictures. Everything else is text. No HTML is ever made
 * from it; a face turns the tree into elements, so nothing in an answer can run.
 */
export type Inline = { kind: "text"; text: string } | { kind: "bold"; text: string } | { kind: "link" | "picture"; text: string; href: string };
export type Block =
  | { kind: "paragraph"; inlines: Inline[] }
  | { kind: "list"; ordered: boolean; items: Inline[][] }
  /** The first row is the head. */
  | { kind: "table"; rows: Inline[][][] };

const MARKER = /^\s*([-*]|\d+[.)])\s+/;
const INLINE = /\*\*([^*]+)\*\*|(!?)\[([^\]]*)\]\(([^)\s]*)\)/g;

/** A link that may be followed: within the shop, or over https. Browsers pass over control characters, so it has none. */
export function safeHref(href: string): string | undefined {
  if (/^((\/(?!\/)|https:\/\/)[^\0- \\]*|tel:[0-9+-]+)$/i.test(href)) return href;
}

export function parseMarkdown(source: string): Block[] {
  const blocks: Block[] = [];
  for (const line of source.split(/\r?\n/)) {
    const last = blocks.at(-1);
    const marker = MARKER.exec(line);
    if (marker) {
      const ordered = /\d/.test(marker[0]);
      const inlines = parseInline(line.slice(marker[0].length));
      if (last?.kind === "list" && last.ordered === ordered) last.items.push(inlines);
      else blocks.push({ kind: "list", ordered, items: [inlines] });
    } else if (/^\|[-| ]+$/.test(line)) {
      // The rule below the head of a table.
    } else if (/^\|.*\|$/.test(line)) {
      const row = line.slice(1, -1).split("|").map((cell) => parseInline(cell.trim()));
      if (last?.kind === "table") last.rows.push(row);
      else blocks.push({ kind: "table", rows: [row] });
    } else if (line.trim() !== "") {
      blocks.push({ kind: "paragraph", inlines: parseInline(line) });
    }
  }
  return blocks;
}

function parseInline(text: string): Inline[] {
  const inlines: Inline[] = [];
  let end = 0;
  for (const found of text.matchAll(INLINE)) {
    const [whole, bold, picture, label = "", target = ""] = found;
    const href = safeHref(target);
    if (found.index > end) inlines.push({ kind: "text", text: text.slice(end, found.index) });
    inlines.push(bold ? { kind: "bold", text: bold } : href ? { kind: picture ? "picture" : "link", text: label, href } : { kind: "text", text: whole });
    end = found.index + whole.length;
  }
  if (end < text.length) inlines.push({ kind: "text", text: text.slice(end) });
  return inlines;
}
