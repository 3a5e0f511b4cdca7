/** Parts that several pages share. */
import type { ComponentChildren } from "preact";
import { yuan } from "@xiaoer/ui";
import type { Product } from "./api.ts";
import type { Loaded } from "./load.ts";

export function Price({ price, before }: { price: number; before: number }) {
  return (
    <span class="price">
      <small>¥</small>
      {yuan(price)}
      {before > price && <s>¥{yuan(before)}</s>}
    </span>
  );
}

export function Grid({ products }: { products: Product[] }) {
  return (
    <ul class="grid">
      {products.map((product) => (
        <li key={product.sku}>
          <a href={`/product/${product.sku}`} class="tile">
            <img src={product.picture} alt="" loading="lazy" width="400" height="400" />
            {product.stock === 0 && <span class="flag">补货中</span>}
            <span class="tile-name">{product.name}</span>
            <span class="tile-tags">{product.tags.slice(0, 3).join(" · ")}</span>
            <Price price={product.price} before={product.original_price} />
            <span class="tile-sold">
              已售 {product.sold} · {product.rating.toFixed(1)} 分
            </span>
          </a>
        </li>
      ))}
    </ul>
  );
}

/** What belongs in the place of a page that is not there yet, or not at all. */
export function Await<T>({ loaded, children }: { loaded: Loaded<T>; children: (data: T) => ComponentChildren }) {
  if (loaded.state === "there") return <>{children(loaded.data)}</>;
  if (loaded.state === "failed") {
    return (
      <div class="empty">
        <p>{loaded.message}</p>
        <a href="/" class="button">
          回首页看看
        </a>
      </div>
    );
  }
  return (
    <ul class="grid" aria-busy="true" aria-label="正在加载">
      {Array.from({ length: 8 }, (_, index) => (
        <li key={index} class="skeleton" />
      ))}
    </ul>
  );
}
