/** Pages by path; a click on an inner link changes the page without loading it anew. */
import { useEffect, useState } from "preact/hooks";

export function usePath(): string {
  const [path, setPath] = useState(location.pathname + location.search);
  useEffect(() => {
    const changed = () => {
      setPath(location.pathname + location.search);
      window.scrollTo(0, 0);
    };
    const clicked = (event: MouseEvent) => {
      const link = (event.target as Element).closest?.("a");
      const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey;
      if (!link || !plain || link.target || link.origin !== location.origin || link.pathname.startsWith("/console")) return;
      event.preventDefault();
      go(link.pathname + link.search);
    };
    window.addEventListener("popstate", changed);
    document.addEventListener("click", clicked);
    return () => {
      window.removeEventListener("popstate", changed);
      document.removeEventListener("click", clicked);
    };
  }, []);
  return path;
}

export function go(path: string): void {
  history.pushState(null, "", path);
  window.dispatchEvent(new PopStateEvent("popstate"));
}
