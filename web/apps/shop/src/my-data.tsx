/** A shopper's own data: to take along, to have deleted. */
import { useState } from "preact/hooks";
import { eraseMyData, exportMyData, visitor, type Erased } from "./api.ts";

function download(data: unknown): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([JSON.stringify(data, null, 2)], { type: "application/json" }));
  link.download = "我的数据.json";
  link.click();
  URL.revokeObjectURL(link.href);
}

export function MyData() {
  const [sure, setSure] = useState(false);
  const [busy, setBusy] = useState(false);
  const [said, setSaid] = useState("");
  const [erased, setErased] = useState<Erased | null>(null);
  const token = visitor();
  const run = async (deed: (token: string) => Promise<void>): Promise<void> => {
    if (!token) return;
    setBusy(true);
    setSaid("");
    await deed(token).catch((error: unknown) => setSaid(error instanceof Error ? error.message : "请稍后再试"));
    setBusy(false);
  };
  return (
    <section class="my-data">
      <h1>我的数据</h1>
      <p>这里是本店保存的、关于您的全部数据：聊天记录、浏览与购买、推荐与营销记录、店铺告知的身份。您可以随时拿一份副本，或者全部删除。登录时包括您在所有浏览器里的数据，没有登录时只包括这个浏览器的。</p>
      {erased ? (
        <div role="status">
          <p>已经删除，编号 {erased.number}。备份会按店铺的备份期限过期删除。</p>
          <ul>
            {erased.gone.map((one) => (
              <li key={one.table}>
                {one.title}：{one.rows} 条
              </li>
            ))}
            {erased.kept.map((one) => (
              <li key={one.title}>
                保留 {one.title} {one.rows} 条：{one.why}
              </li>
            ))}
          </ul>
        </div>
      ) : !token ? (
        <p class="soft">这个浏览器里还没有您的数据：您还没有和客服说过话。</p>
      ) : (
        <>
          <p>
            <button type="button" disabled={busy} onClick={() => run(async (own) => download(await exportMyData(own)))}>
              下载我的数据
            </button>{" "}
            {!sure && (
              <button type="button" disabled={busy} onClick={() => setSure(true)}>
                删除我的数据
              </button>
            )}
          </p>
          {sure && (
            <p role="alert">
              删除后无法恢复，聊天窗口会清空。{" "}
              <button type="button" class="danger" disabled={busy} onClick={() => run(async (own) => setErased(await eraseMyData(own)))}>
                确认全部删除
              </button>{" "}
              <button type="button" onClick={() => setSure(false)}>
                不删了
              </button>
            </p>
          )}
        </>
      )}
      {said && <p role="alert">{said}</p>}
    </section>
  );
}
