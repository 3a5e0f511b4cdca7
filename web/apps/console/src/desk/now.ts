/** The server's time, once a second, shared by everything that shows a clock. */
import { onScopeDispose, readonly, ref, type Ref } from "vue";
import { useDesk } from "../stores/desk.ts";

const now = ref(Date.now());
let users = 0;
let timer = 0;

export function useNow(): Readonly<Ref<number>> {
  const desk = useDesk();
  const tick = (): void => {
    now.value = Date.now() + desk.skew;
  };
  tick();
  if (users++ === 0) timer = window.setInterval(tick, 1000);
  onScopeDispose(() => {
    if (--users === 0) clearInterval(timer);
  });
  return readonly(now);
}

/** `45 秒`, `3:20`, `1:05:00`, `2 天`: short, for lists. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [minutes, hours] = [Math.floor(seconds / 60), Math.floor(seconds / 3600)];
  const two = (value: number): string => String(value).padStart(2, "0");
  if (hours >= 48) return `${Math.floor(hours / 24)}d`;
  return hours > 0 ? `${hours}:${two(minutes % 60)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}
