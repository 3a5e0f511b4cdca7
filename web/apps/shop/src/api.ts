/** What the shop's pages read from the server. */
import type { ProductCard } from "@xiaoer/protocol";

export interface Product {
  sku: string;
  name: string;
  category: string;
  brand: string;
  /** Prices are in fen. */
  price: number;
  original_price: number;
  stock: number;
  rating: number;
  sold: number;
  picture: string;
  tags: string[];
}

export interface ProductDetail extends Product {
  category_name: string;
  colors: string[];
  sizes: string[];
  attributes: Record<string, string>;
  description: string;
}

export interface Category {
  id: string;
  name: string;
  description: string;
  picture: string;
  count: number;
}

export interface Home {
  shop: { name: string; slogan: string; phone: string; human_hours: string };
  categories: Category[];
  popular: Product[];
  fresh: Product[];
}

export interface CategoryPage {
  category: Category;
  products: Product[];
}

export interface ProductPage {
  product: ProductDetail;
}

/** Asks for JSON; a refusal becomes an error with the server's own words, no line one with ours. */
async function ask<T>(path: string, request?: RequestInit): Promise<T> {
  const answer = await fetch(path, request).catch(() => null);
  const body: unknown = await answer?.json().catch(() => null);
  if (!answer?.ok) throw new Error((body as { message?: string } | null | undefined)?.message ?? "网络开小差了，请稍后再试");
  return body as T;
}

/** Reads JSON. */
export function read<T>(path: string): Promise<T> {
  return ask(path);
}

/** Reports what the shopper did. Without a chat there is no visitor and nothing to report. */
export function report(kind: "view" | "click" | "cart" | "buy", sku: string): void {
  const token = visitor();
  if (!token) return;
  const body = JSON.stringify({ token, kind, sku });
  void fetch("/api/shop/events", { method: "POST", headers: { "Content-Type": "application/json" }, body, keepalive: true });
}

/** Token of the widget's visitor; none before the first chat. */
export function visitor(): string | null {
  try {
    return localStorage.getItem("xiaoer.demo.token");
  } catch {
    return null;
  }
}

export interface DemoCustomer {
  id: string;
  name: string;
}

/** Whom one can sign in as; nobody where the shop has its own sign-in. */
export async function demoCustomers(): Promise<DemoCustomer[]> {
  return (await read<{ customers: DemoCustomer[] }>("/api/shop/demo-customers")).customers;
}

/** Signs in as a demo customer: a token for the widget. */
export function demoSignIn(customer: string): Promise<{ name: string; jwt: string }> {
  return send("POST", "/api/shop/demo-sign-in", { customer });
}

/** What was deleted, and what stays. */
export interface Erased {
  number: string;
  gone: { table: string; title: string; rows: number }[];
  kept: { title: string; rows: number; why: string }[];
}

/** Everything that the shop keeps of the visitor. */
export function exportMyData(token: string): Promise<unknown> {
  return send("POST", "/api/shop/my-data/export", { token });
}

/** Deletes everything that the shop keeps of the visitor. */
export function eraseMyData(token: string): Promise<Erased> {
  return send("POST", "/api/shop/my-data/erase", { token, confirmed: true });
}

function send<T>(method: "POST" | "PUT", path: string, body: object): Promise<T> {
  return ask(path, { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
}

/** Products for a place of the page; the server logs them as shown. */
export function recommended(slot: "home" | "product", sku?: string): Promise<{ products: ProductCard[]; opted_out: boolean }> {
  return send("POST", "/api/shop/recommendations", { token: visitor(), slot, sku });
}

/** Reports that a page was opened: campaigns that wait for it begin. Without a chat there is nobody to report. */
export function visited(path: string): void {
  const token = visitor();
  if (token) void fetch("/api/shop/visits", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ token, path }), keepalive: true });
}

/** Keeps whether messages of campaigns are wanted in the chat; a no is about every channel. Without a wish it only asks. */
export async function consent(token: string, wanted?: boolean): Promise<boolean> {
  const { granted } = await send<{ granted: string[] }>("PUT", "/api/shop/consent", { token, channel: wanted ? "widget" : undefined, granted: wanted });
  return granted.includes("widget");
}

/** Keeps whether to recommend by what the shopper did; without a wish it only asks. */
export function optOut(token: string, opted_out?: boolean): Promise<{ opted_out: boolean }> {
  return send("PUT", "/api/shop/recommendations/opt-out", { token, opted_out });
}
