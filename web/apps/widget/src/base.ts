/** Where the widget comes from: the server that it talks to and that has its pictures, whosever page it stands on. */
export const script = document.currentScript as HTMLScriptElement | null;
export const base = new URL(script?.src ?? location.href);
