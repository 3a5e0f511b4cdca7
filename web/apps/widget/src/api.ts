/** `Xiaoer(command, …)` for the shop's page, with the calls that were queued before the script had loaded. */
export interface Commands {
  open(): void;
  close(): void;
  toggle(): void;
  send(text: string): void;
  setContext(context: { sku?: string; orderId?: string; pageUrl?: string }): void;
  /** A token that the shop has signed for whoever is signed in there. */
  identify(jwt: string): void;
  logout(): void;
  shutdown(): void;
}

type Listener = (detail: unknown) => void;
interface Api {
  (command: string, ...values: unknown[]): void;
  on(event: string, listener: Listener): void;
  q?: [string, ...unknown[]][];
}

/** Installs the function and returns what tells listeners and the window about an event. */
export function installApi(commands: Commands): (event: string, detail: unknown) => void {
  const page = window as unknown as { Xiaoer?: Api };
  const queued = page.Xiaoer?.q ?? [];
  const api = ((command: string, ...values: unknown[]) => {
    const run = (commands as unknown as Record<string, ((...values: unknown[]) => void) | undefined>)[command];
    if (run) run(...values);
    else console.warn(`Xiaoer: no command ${command}`);
  }) as Api;
  api.on = (event, listener) => window.addEventListener(`xiaoer:${event}`, (told) => listener((told as CustomEvent).detail));
  page.Xiaoer = api;
  // After the caller has finished: the commands may need what it is still setting up.
  queueMicrotask(() => queued.forEach((call) => api(...call)));
  return (event, detail) => void window.dispatchEvent(new CustomEvent(`xiaoer:${event}`, { detail }));
}
