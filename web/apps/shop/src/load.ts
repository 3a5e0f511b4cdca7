/** Data of a page: loading, there, or refused. */
import { useEffect, useState } from "preact/hooks";
import { read } from "./api.ts";

export type Loaded<T> = { state: "loading" } | { state: "there"; data: T } | { state: "failed"; message: string };

export function useLoaded<T>(path: string): Loaded<T> {
  const [loaded, setLoaded] = useState<Loaded<T>>({ state: "loading" });
  useEffect(() => {
    let current = true;
    setLoaded({ state: "loading" });
    read<T>(path).then(
      (data) => current && setLoaded({ state: "there", data }),
      (error: Error) => current && setLoaded({ state: "failed", message: error.message }),
    );
    return () => {
      current = false;
    };
  }, [path]);
  return loaded;
}
