export { type Block, type Inline, parseMarkdown, safeHref } from "./markdown.ts";
export { clock, yuan } from "./format.ts";
