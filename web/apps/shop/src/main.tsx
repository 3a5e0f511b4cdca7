/** The demo shop: a small storefront with the chat in its corner. */
import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Account } from "./account.tsx";
import { visited } from "./api.ts";
import * as cart from "./cart.ts";
import { MyData } from "./my-data.tsx";
import { CartView, CategoryView, HomePage, ProductView, SearchView } from "./pages.tsx";
import { CampaignSwitch, RecommendationSwitch } from "./recommend.tsx";
import { go, usePath } from "./router.tsx";
import "./styles.css";

function Page({ path }: { path: string }) {
  const url = new URL(path, location.origin);
  const [, room, id] = url.pathname.split("/");
  if (url.pathname === "/") return <HomePage />;
  if (room === "category" && id) return <CategoryView key={id} id={id} />;
  if (room === "product" && id) return <ProductView key={id} sku={decodeURIComponent(id)} />;
  if (room === "search") return <SearchView words={url.searchParams.get("q") ?? ""} />;
  if (room === "cart") return <CartView />;
  if (room === "my-data") return <MyData />;
  return <p class="empty">没有这个页面。</p>;
}

function Shop() {
  const path = usePath();
  const [inCart, setInCart] = useState(cart.count());
  useEffect(() => visited(new URL(path, location.origin).pathname), [path]);
  useEffect(() => {
    const changed = () => setInCart(cart.count());
    window.addEventListener("cart", changed);
    return () => window.removeEventListener("cart", changed);
  }, []);
  return (
    <>
      <header class="top">
        <a href="/" class="brand">
          拾光小铺
        </a>
        <form
          role="search"
          onSubmit={(event) => {
            event.preventDefault();
            const words = String(new FormData(event.currentTarget).get("q") ?? "").trim();
            if (words) go(`/search?q=${encodeURIComponent(words)}`);
          }}
        >
          <input name="q" type="search" placeholder="搜一搜，例如 跑步鞋" aria-label="搜索商品" />
        </form>
        <a href="/cart" class="cart">
          购物车{inCart > 0 && <b>{inCart}</b>}
        </a>
        <Account />
      </header>
      <main>
        <Page path={path} />
      </main>
      <footer>
        <p>拾光小铺是小二的演示商店，商品与价格均为虚构。</p>
        <p>客服电话 400-820-0571 · 人工 9:00-22:00</p>
        <p>
          <a href="/my-data">我的数据</a>
        </p>
        <RecommendationSwitch />
        <CampaignSwitch />
      </footer>
    </>
  );
}

render(<Shop />, document.getElementById("app")!);
