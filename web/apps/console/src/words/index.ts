/** All words, Chinese and English. Each room has a file of its own: `desk.zh-CN.json` and `desk.en.json`. */
import { createI18n } from "vue-i18n";

type Words = Record<string, string>;

function collect(files: Record<string, Words>): Words {
  return Object.assign({}, ...Object.values(files)) as Words;
}

const zh = collect(import.meta.glob<Words>(["./zh-CN.json", "./*.zh-CN.json"], { eager: true, import: "default" }));
const en = collect(import.meta.glob<Words>(["./en.json", "./*.en.json"], { eager: true, import: "default" }));

// Chinese first: the shop is a Chinese one, whatever the language of the browser.
const chosen = localStorage.getItem("console.locale") ?? "zh-CN";
document.documentElement.lang = chosen;

export const i18n = createI18n({ legacy: false, locale: chosen, fallbackLocale: "zh-CN", messages: { "zh-CN": zh, en } });

export function useLocale(locale: "zh-CN" | "en"): void {
  i18n.global.locale.value = locale;
  localStorage.setItem("console.locale", locale);
  document.documentElement.lang = locale;
}
