/** Light or dark: what the agent chose, otherwise what the system says, and then whenever the system says it. */
import { ref, watchEffect } from "vue";

export type Theme = "system" | "light" | "dark";

const KEPT = "console.theme";
const system = matchMedia("(prefers-color-scheme: dark)");
const systemDark = ref(system.matches);

export const theme = ref<Theme>((localStorage.getItem(KEPT) as Theme | null) ?? "system");

/** Keeps the class of the document in step from now on. */
export function followTheme(): void {
  system.addEventListener("change", () => (systemDark.value = system.matches));
  watchEffect(() => {
    document.documentElement.classList.toggle("dark", theme.value === "system" ? systemDark.value : theme.value === "dark");
  });
}

export function chooseTheme(choice: Theme): void {
  theme.value = choice;
  localStorage.setItem(KEPT, choice);
}
