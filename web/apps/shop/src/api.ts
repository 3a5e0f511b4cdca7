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
  related: ProductCard[];
}

/** Reads JSON; a refusal becomes an error with the server's own words. */
export async function read<T>(path: string): Promise<T> {
  const answer = await fetch(path);
  const body: unknown = await answer.json().catch(() => null);
  if (!answer.ok) throw new Error((body as { message?: string } | null)?.message ?? "网络开小差了，请稍后再试");
  return body as T;
}

/** Reports what the shopper did. Without a chat there is no visitor and nothing to report. */
export function report(kind: "view" | "cart" | "buy", sku: string): void {
  const token = localStorage.getItem("xiaoer.demo.token");
  if (!token) return;
  const body = JSON.stringify({ token, kind, sku });
  void fetch("/api/shop/events", { method: "POST", headers: { "Content-Type": "application/json" }, body, keepalive: true });
}
