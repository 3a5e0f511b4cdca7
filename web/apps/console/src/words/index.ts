import { createI18n } from "vue-i18n";
import en from "./en.json";
import zh from "./zh-CN.json";

// Chinese first: the shop is a Chinese one, whatever the language of the browser.
const chosen = localStorage.getItem("console.locale") ?? "zh-CN";

export const i18n = createI18n({ legacy: false, locale: chosen, fallbackLocale: "zh-CN", messages: { "zh-CN": zh, en } });

export function useLocale(locale: "zh-CN" | "en"): void {
  i18n.global.locale.value = locale;
  localStorage.setItem("console.locale", locale);
  document.documentElement.lang = locale;
}
