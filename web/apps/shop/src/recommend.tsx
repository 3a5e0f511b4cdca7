/** What the engine recommends on a page, each with its reason; and the switch that turns that off. */
import { useEffect, useState } from "preact/hooks";
import type { ProductCard } from "@xiaoer/protocol";
import { optOut, recommended, report, visitor } from "./api.ts";
import { Price } from "./parts.tsx";

/** Fired when the shopper has changed whether to be recommended to. */
const CHANGED = "recommendations";

export function Recommended({ title, slot, sku }: { title: string; slot: "home" | "product"; sku?: string }) {
  const [products, setProducts] = useState<ProductCard[]>([]);
  useEffect(() => {
    let current = true;
    const load = () =>
      recommended(slot, sku).then(
        (list) => current && setProducts(list.products),
        // A page without recommendations is still a page.
        () => current && setProducts([]),
      );
    void load();
    window.addEventListener(CHANGED, load);
    return () => {
      current = false;
      window.removeEventListener(CHANGED, load);
    };
  }, [slot, sku]);
  if (products.length === 0) return null;
  return (
    <section aria-label={title}>
      <h2>{title}</h2>
      <ul class="grid">
        {products.map((card) => (
          <li key={card.sku}>
            <a href={card.url} class="tile" onClick={() => report("click", card.sku)}>
              <img src={card.picture} alt="" loading="lazy" width="400" height="400" />
              <span class="tile-name">{card.name}</span>
              <span class="tile-tags">{card.reason}</span>
              <Price price={card.price} before={card.original_price} />
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Nothing before there is a visitor: then nothing is known that could be used. */
export function RecommendationSwitch() {
  const [on, setOn] = useState<boolean | null>(null);
  const token = visitor();
  useEffect(() => {
    if (!token) return;
    const ask = () => optOut(token).then(({ opted_out }) => setOn(!opted_out), () => setOn(null));
    void ask();
    // It may have been changed in the chat.
    window.addEventListener("xiaoer:message", ask);
    return () => window.removeEventListener("xiaoer:message", ask);
  }, [token]);
  if (!token || on === null) return null;
  const change = () =>
    optOut(token, on).then(({ opted_out }) => {
      setOn(!opted_out);
      window.dispatchEvent(new Event(CHANGED));
    });
  return (
    <button type="button" class="switch" role="switch" aria-checked={on} onClick={() => void change()}>
      个性化推荐<i aria-hidden="true" />
    </button>
  );
}
