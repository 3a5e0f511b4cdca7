export { type Block, type Inline, parseMarkdown, safeHref } from "./markdown.ts";
export { sendsMessage } from "./keys.ts";
export { clock, moment, yuan } from "./format.ts";
