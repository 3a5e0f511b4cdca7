/** A shopper's own data: to take along, to have deleted. */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { eraseMyData, exportMyData, visitor, type Erased } from "./api.ts";

const FILE = "我的数据.json";

function download(data: unknown): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([JSON.stringify(data, null, 2)], { type: "application/json" }));
  link.download = FILE;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** What went, and what stays. */
function Report({ erased }: { erased: Erased }) {
  const heading = useRef<HTMLHeadingElement>(null);
  // The button that had the focus is gone.
  useLayoutEffect(() => heading.current?.focus(), []);
  const rows = erased.gone.reduce((sum, one) => sum + one.rows, 0);
  return (
    <div class="sheet">
      <h2 ref={heading} tabIndex={-1}>
        {rows > 0 ? `已经删除 ${rows} 条` : "没有需要删除的数据"}
      </h2>
      <p class="soft">编号 {erased.number}。备份会按店铺的备份期限过期删除。</p>
      {erased.gone.length > 0 && (
        <dl>
          {erased.gone.map((one) => (
            <div key={one.table}>
              <dt>{one.title}</dt>
              <dd>{one.rows} 条</dd>
            </div>
          ))}
        </dl>
      )}
      {erased.kept.length > 0 && (
        <>
          <h3>按规定保留</h3>
          <ul>
            {erased.kept.map((one) => (
              <li key={one.title}>
                {one.title} {one.rows} 条<span class="soft">：{one.why}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

/** The question before what cannot be undone; it takes the focus, and the harmless answer stands first. */
function Sure({ busy, erase, leave }: { busy: boolean; erase: () => void; leave: () => void }) {
  const first = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => first.current?.focus(), []);
  return (
    <div class="sheet" role="group" aria-labelledby="sure">
      <p id="sure">
        <b>真的全部删除吗？</b>删除后无法恢复，聊天窗口会清空。
      </p>
      <div class="buttons">
        <button ref={first} type="button" class="button quiet" aria-disabled={busy} onClick={leave}>
          不删了
        </button>
        <button type="button" class="button danger" aria-disabled={busy} onClick={erase}>
          {busy ? "正在删除…" : "确认全部删除"}
        </button>
      </div>
    </div>
  );
}

export function MyData() {
  const [sure, setSure] = useState(false);
  const [busy, setBusy] = useState(false);
  const [done, setDone] = useState("");
  const [refused, setRefused] = useState("");
  const [erased, setErased] = useState<Erased | null>(null);
  const token = visitor();
  const [, look] = useState(token);
  // The chat on the same page makes a visitor, or forgets one, without a word to the page.
  useEffect(() => {
    const timer = setInterval(() => look(visitor()), 1000);
    return () => clearInterval(timer);
  }, []);
  const run = async (deed: (token: string) => Promise<void>): Promise<void> => {
    if (!token || busy) return;
    setBusy(true);
    setDone("");
    setRefused("");
    await deed(token).catch((error: unknown) => setRefused(error instanceof Error ? error.message : "请稍后再试"));
    setBusy(false);
  };
  const take = () =>
    run(async (own) => {
      download(await exportMyData(own));
      setDone(`已下载到“${FILE}”。`);
    });
  const erase = () =>
    run(async (own) => {
      setErased(await eraseMyData(own));
      // Opened again, the chat begins with a new visitor.
      (window as unknown as { Xiaoer?: (command: string) => void }).Xiaoer?.("close");
    });
  const doubt = () => {
    if (busy) return;
    setDone("");
    setRefused("");
    setSure(true);
  };
  return (
    <section class="my-data">
      <h1>我的数据</h1>
      <p>这里是本店保存的、关于您的全部数据：聊天记录、浏览与购买、推荐与营销记录、店铺告知的身份。您可以随时拿一份副本，或者全部删除。</p>
      <p class="soft">登录时包括您在所有浏览器里的数据，没有登录时只包括这个浏览器的。</p>
      {erased ? (
        <Report erased={erased} />
      ) : !token ? (
        <p class="sheet soft">这个浏览器里还没有您的数据：您还没有和客服说过话。</p>
      ) : sure ? (
        <Sure busy={busy} erase={erase} leave={() => !busy && setSure(false)} />
      ) : (
        <div class="buttons">
          <button type="button" class="button" aria-disabled={busy} onClick={take}>
            {busy ? "正在整理…" : "下载我的数据"}
          </button>
          <button type="button" class="button danger" aria-disabled={busy} onClick={doubt}>
            删除我的数据
          </button>
        </div>
      )}
      <p role="status">{done}</p>
      {refused && (
        <p class="refused" role="alert">
          {refused}
        </p>
      )}
    </section>
  );
}
