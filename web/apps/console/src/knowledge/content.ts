/** An entry as its form holds it. */
import type { Content } from "./model.ts";

export const LONGEST = { question: 100, phrase: 100, answer: 5000, category: 100, reply: 40, tag: 20 };
export const MOST = { similar: 500, buttons: 10 };

export function emptyContent(category: string): Content {
  return { category, question: "", similar: [], answer: "", quick_replies: [], related: [], products: [], valid_from: null, valid_until: null, variants: [], tags: [] };
}

/** A copy that the form may change, free of what somebody typed too much. */
export function copy(content: Content): Content {
  return JSON.parse(JSON.stringify(content)) as Content;
}

/** As it is sent: without spaces at the ends and without rows that were left empty. */
export function tidy(content: Content): Content {
  const lines = (all: string[]): string[] => all.map((one) => one.trim()).filter(Boolean);
  return {
    ...content,
    category: content.category.split(/[/／]/).map((part) => part.trim()).filter(Boolean).join("/"),
    question: content.question.trim(),
    answer: content.answer.trim(),
    similar: lines(content.similar),
    quick_replies: lines(content.quick_replies),
    tags: lines(content.tags),
    variants: content.variants.filter(({ answer, segment, sku, category }) => answer.trim() || segment || sku || category),
  };
}

export const sameContent = (one: Content, other: Content): boolean => JSON.stringify(tidy(one)) === JSON.stringify(tidy(other));

/** What differs between two contents, as text to be compared field by field. */
export function differing(before: Content, after: Content): { field: keyof Content; before: string; after: string }[] {
  const written = (value: Content[keyof Content]): string => (Array.isArray(value) ? value.map((one) => (typeof one === "string" ? one : one.answer)).join("\n") : value === null ? "" : typeof value === "number" ? new Date(value).toLocaleString() : value);
  return (Object.keys(before) as (keyof Content)[]).map((field) => ({ field, before: written(before[field]), after: written(after[field]) })).filter((one) => one.before !== one.after);
}
