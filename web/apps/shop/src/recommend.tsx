/** What the engine recommends on a page, each with its reason; and the switch that turns that off. */
import { useEffect, useState } from "preact/hooks";
import type { ProductCard } from "@xiaoer/protocol";
import { consent, optOut, recommended, report, visitor } from "./api.ts";
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

/** Something that a visitor wants or does not. Nothing before there is a visitor: then nothing is kept. */
function Wish({ name, ask }: { name: string; ask: (token: string, wanted?: boolean) => Promise<boolean> }) {
  const [on, setOn] = useState<boolean | null>(null);
  const token = visitor();
  useEffect(() => {
    if (!token) return;
    const read = () => ask(token).then(setOn, () => setOn(null));
    void read();
    // It may have been changed in the chat.
    window.addEventListener("xiaoer:message", read);
    return () => window.removeEventListener("xiaoer:message", read);
  }, [token]);
  if (!token || on === null) return null;
  const change = () =>
    ask(token, !on).then((kept) => {
      setOn(kept);
      window.dispatchEvent(new Event(CHANGED));
    });
  return (
    <button type="button" class="switch" role="switch" aria-checked={on} onClick={() => void change()}>
      {name}
      <i aria-hidden="true" />
    </button>
  );
}

const recommends = async (token: string, wanted?: boolean): Promise<boolean> => !(await optOut(token, wanted === undefined ? undefined : !wanted)).opted_out;

export const RecommendationSwitch = () => <Wish name="个性化推荐" ask={recommends} />;
export const CampaignSwitch = () => <Wish name="优惠消息" ask={consent} />;
