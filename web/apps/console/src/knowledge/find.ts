/** Looking up entries, products and categories by word, for the fields that refer to them. */
import { get, query } from "../api.ts";
import type { CategoryNode, Entry, EntryPage, Page, Product } from "./model.ts";

const MOST = 8;

export interface Choice {
  value: string;
  label: string;
}

export async function findEntries(words: string): Promise<Choice[]> {
  const { items } = await get<EntryPage>(`/api/admin/faq/entries${query({ q: words, limit: MOST })}`);
  return items.map(({ id, question }) => ({ value: id, label: question }));
}

export async function entryName(id: string): Promise<string> {
  return (await get<Entry>(`/api/admin/faq/entries/${encodeURIComponent(id)}`)).content.question;
}

const productLabel = ({ sku, name }: Product): string => `${name}（${sku}）`;

export async function findProducts(words: string): Promise<Choice[]> {
  const { items } = await get<Page<Product>>(`/api/admin/products${query({ q: words, limit: MOST })}`);
  return items.map((product) => ({ value: product.sku, label: productLabel(product) }));
}

export async function productName(sku: string): Promise<string> {
  return productLabel(await get<Product>(`/api/admin/products/${encodeURIComponent(sku)}`));
}

/** All paths of a tree, parents before their children. */
export function paths(nodes: CategoryNode[]): string[] {
  return nodes.flatMap((node) => [node.path, ...paths(node.children)]);
}
