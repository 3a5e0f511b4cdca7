/** The desk's settings, read once: reasons to resolve with, tags to choose from. */
import { shallowRef, type ShallowRef } from "vue";
import { get } from "../api.ts";
import type { SettingsView } from "./model.ts";

const settings = shallowRef<SettingsView | null>(null);

export function useDeskSettings(): ShallowRef<SettingsView | null> {
  if (!settings.value) {
    get<SettingsView>("/api/desk/settings").then(
      (view) => (settings.value = view),
      () => {},
    );
  }
  return settings;
}
