/** Home, category, product, search and basket. */
import { useEffect, useState } from "preact/hooks";
import { yuan } from "@xiaoer/ui";
import { type CategoryPage, type Home, type Product, type ProductPage, report } from "./api.ts";
import * as cart from "./cart.ts";
import { useLoaded } from "./load.ts";
import { Await, Grid, Price } from "./parts.tsx";
import { Recommended } from "./recommend.tsx";

type Chat = ((command: string, ...values: unknown[]) => void) | undefined;

function chat(command: string, ...values: unknown[]): void {
  (window as unknown as { Xiaoer?: Chat }).Xiaoer?.(command, ...values);
}

function useTitle(title: string | undefined): void {
  useEffect(() => {
    document.title = title ? `${title} · 拾光小铺` : "拾光小铺";
  }, [title]);
}

export function HomePage() {
  const loaded = useLoaded<Home>("/api/shop/home");
  useTitle(undefined);
  return (
    <Await loaded={loaded}>
      {(home) => (
        <>
          <section class="hero">
            <h1>{home.shop.slogan}</h1>
            <p>满 59 元包邮 · 7 天无理由退货 · 15 天价保</p>
            <button type="button" class="button" onClick={() => chat("open")}>
              问问小二
            </button>
          </section>
          <ul class="categories">
            {home.categories.map((category) => (
              <li key={category.id}>
                <a href={`/category/${category.id}`}>
                  <img src={category.picture} alt="" width="96" height="96" />
                  {category.name}
                </a>
              </li>
            ))}
          </ul>
          <Recommended title="猜你喜欢" slot="home" />
          <h2>大家都在买</h2>
          <Grid products={home.popular} />
          <h2>刚刚上新</h2>
          <Grid products={home.fresh} />
        </>
      )}
    </Await>
  );
}

const ORDERS: Record<string, [string, (a: Product, b: Product) => number]> = {
  default: ["综合", () => 0],
  sold: ["销量", (a, b) => b.sold - a.sold],
  cheap: ["价格从低到高", (a, b) => a.price - b.price],
  dear: ["价格从高到低", (a, b) => b.price - a.price],
};

export function CategoryView({ id }: { id: string }) {
  const loaded = useLoaded<CategoryPage>(`/api/shop/categories/${id}`);
  const [order, setOrder] = useState("default");
  useTitle(loaded.state === "there" ? loaded.data.category.name : undefined);
  return (
    <Await loaded={loaded}>
      {({ category, products }) => (
        <>
          <h1>{category.name}</h1>
          <p class="soft">{category.description}</p>
          <div class="orders" role="group" aria-label="排序">
            {Object.entries(ORDERS).map(([key, [name]]) => (
              <button key={key} type="button" aria-pressed={order === key} onClick={() => setOrder(key)}>
                {name}
              </button>
            ))}
          </div>
          <Grid products={[...products].sort(ORDERS[order]![1])} />
        </>
      )}
    </Await>
  );
}

export function SearchView({ words }: { words: string }) {
  const loaded = useLoaded<{ products: Product[] }>(`/api/shop/search?q=${encodeURIComponent(words)}`);
  useTitle(`搜索 ${words}`);
  return (
    <Await loaded={loaded}>
      {({ products }) => (
        <>
          <h1>“{words}”的搜索结果</h1>
          {products.length > 0 ? (
            <Grid products={products} />
          ) : (
            <div class="empty">
              <p>没有找到相关商品，换个说法，或者问问小二。</p>
              <button type="button" class="button" onClick={() => chat("send", `想买${words}`)}>
                问问小二
              </button>
            </div>
          )}
        </>
      )}
    </Await>
  );
}

export function ProductView({ sku }: { sku: string }) {
  const loaded = useLoaded<ProductPage>(`/api/shop/products/${sku}`);
  const [added, setAdded] = useState(false);
  useTitle(loaded.state === "there" ? loaded.data.product.name : undefined);
  useEffect(() => {
    report("view", sku);
    setAdded(false);
    chat("setContext", { sku, pageUrl: location.pathname });
    return () => chat("setContext", {});
  }, [sku]);
  return (
    <Await loaded={loaded}>
      {({ product }) => (
        <>
          <nav class="crumbs" aria-label="位置">
            <a href="/">首页</a> › <a href={`/category/${product.category}`}>{product.category_name}</a>
          </nav>
          <article class="product">
            <img src={product.picture} alt={product.name} width="480" height="480" />
            <div>
              <h1>{product.name}</h1>
              <p class="soft">
                {product.brand} · {product.rating.toFixed(1)} 分 · 已售 {product.sold}
              </p>
              <p class="buy-price">
                <Price price={product.price} before={product.original_price} />
              </p>
              <p>{product.description}</p>
              <Choices name="颜色" values={product.colors} />
              <Choices name="尺码" values={product.sizes} />
              <p class="soft">{product.stock === 0 ? "补货中，暂时不能下单" : product.stock < 5 ? `仅剩 ${product.stock} 件` : "现货，下单后 24 小时内发出"}</p>
              <div class="buttons">
                <button
                  type="button"
                  class="button"
                  disabled={product.stock === 0}
                  onClick={() => {
                    cart.put(product, 1);
                    report("cart", sku);
                    setAdded(true);
                  }}
                >
                  {added ? "已加入，再来一件" : "加入购物车"}
                </button>
                <button type="button" class="button quiet" onClick={() => chat("open")}>
                  问问小二
                </button>
              </div>
              <table>
                <tbody>
                  {Object.entries(product.attributes).map(([name, value]) => (
                    <tr key={name}>
                      <th scope="row">{name}</th>
                      <td>{value}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          </article>
          <Recommended title="看了又看" slot="product" sku={sku} />
        </>
      )}
    </Await>
  );
}

function Choices({ name, values }: { name: string; values: string[] }) {
  const [chosen, choose] = useState(values[0]);
  if (values.length === 0) return null;
  return (
    <div class="choices" role="group" aria-label={name}>
      <span class="soft">{name}</span>
      {values.map((value) => (
        <button key={value} type="button" aria-pressed={value === chosen} onClick={() => choose(value)}>
          {value}
        </button>
      ))}
    </div>
  );
}

export function CartView() {
  const [lines, setLines] = useState(cart.lines());
  const [done, setDone] = useState(false);
  useTitle("购物车");
  useEffect(() => {
    const changed = () => setLines(cart.lines());
    window.addEventListener("cart", changed);
    return () => window.removeEventListener("cart", changed);
  }, []);
  if (done) return <p class="empty">这是演示商店：没有真的扣款，也不会发货。谢谢光临！</p>;
  if (lines.length === 0) {
    return (
      <div class="empty">
        <p>购物车还是空的。</p>
        <a href="/" class="button">
          去逛逛
        </a>
      </div>
    );
  }
  const total = lines.reduce((sum, line) => sum + line.price * line.count, 0);
  return (
    <>
      <h1>购物车</h1>
      <ul class="lines">
        {lines.map((line) => (
          <li key={line.sku}>
            <img src={line.picture} alt="" width="72" height="72" />
            <a href={`/product/${line.sku}`}>{line.name}</a>
            <span>¥{yuan(line.price)}</span>
            <span class="count">
              <button type="button" aria-label="减少一件" onClick={() => cart.put(line, -1)}>
                −
              </button>
              {line.count}
              <button type="button" aria-label="增加一件" onClick={() => cart.put(line, 1)}>
                +
              </button>
            </span>
          </li>
        ))}
      </ul>
      <p class="total">
        合计 <b>¥{yuan(total)}</b>
        <button
          type="button"
          class="button"
          onClick={() => {
            for (const line of lines) {
              report("buy", line.sku);
              cart.put(line, -line.count);
            }
            setDone(true);
          }}
        >
          结算（演示）
        </button>
      </p>
    </>
  );
}
