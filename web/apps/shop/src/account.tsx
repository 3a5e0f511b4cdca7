/** Signing in to the demo shop as one of its customers. The server signs a short-lived token; the widget passes it on. */
import { useEffect, useState } from "preact/hooks";
import { demoCustomers, demoSignIn, type DemoCustomer } from "./api.ts";

/** Who is signed in, over reloads. */
const KEY = "shop.customer";
/** A token lasts ten minutes. */
const REFRESH_MS = 8 * 60_000;

interface Queue {
  (...call: unknown[]): void;
  q?: unknown[][];
}

/** Calls the widget, or leaves the call for it where it has not loaded yet. */
function widget(...call: unknown[]): void {
  const page = window as unknown as { Xiaoer?: Queue };
  if (!page.Xiaoer) {
    const queue: Queue = (...later) => void (queue.q ??= []).push(later);
    page.Xiaoer = queue;
  }
  page.Xiaoer(...call);
}

async function identify(id: string): Promise<void> {
  const { jwt } = await demoSignIn(id);
  widget("identify", jwt);
}

export function Account() {
  const [customers, setCustomers] = useState<DemoCustomer[]>([]);
  const [id, setId] = useState(localStorage.getItem(KEY));
  useEffect(() => {
    demoCustomers().then(setCustomers, () => setCustomers([]));
    // Signed in or out in another tab.
    const changed = () => setId(localStorage.getItem(KEY));
    window.addEventListener("storage", changed);
    return () => window.removeEventListener("storage", changed);
  }, []);
  useEffect(() => {
    if (!id) return;
    const refresh = () => identify(id).catch(() => setId(null));
    void refresh();
    const timer = setInterval(refresh, REFRESH_MS);
    // The chat asks once for a fresh token when it holds one that is not good any longer.
    window.addEventListener("xiaoer:error", refresh);
    return () => {
      clearInterval(timer);
      window.removeEventListener("xiaoer:error", refresh);
    };
  }, [id]);
  if (customers.length === 0) return null;
  const known = customers.find((one) => one.id === id);
  const become = (next: string | null) => {
    // Whoever comes next must see nothing of the one before.
    if (id) widget("logout");
    if (next) localStorage.setItem(KEY, next);
    else localStorage.removeItem(KEY);
    setId(next);
  };
  return (
    <details class="account" onClick={(event) => (event.target as Element).matches("button") && (event.currentTarget.open = false)}>
      <summary>{known ? known.name : "登录"}</summary>
      <div>
        <p class="soft">{known ? `已登录为 ${known.name}` : "演示登录：选一位顾客"}</p>
        {known && (
          <button type="button" onClick={() => widget("send", "我的订单到哪了")}>
            我的订单到哪了
          </button>
        )}
        {customers.map(
          (one) =>
            one.id !== id && (
              <button type="button" key={one.id} onClick={() => become(one.id)}>
                登录为 {one.name}
              </button>
            ),
        )}
        {known && (
          <button type="button" onClick={() => become(null)}>
            退出登录
          </button>
        )}
      </div>
    </details>
  );
}
