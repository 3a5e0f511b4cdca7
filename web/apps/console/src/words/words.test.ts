import { describe, expect, it } from "vitest";

type Words = Record<string, string>;
const files = import.meta.glob<Words>("./*.json", { eager: true, import: "default" });
const rooms = Object.keys(files).filter((file) => file.endsWith("zh-CN.json"));
const placeholders = (text: string): string[] => [...new Set(text.match(/\{\w+\}/g))].sort();

describe("the words of the console", () => {
  it.each(rooms)("%s says in English what it says in Chinese", (file: string) => {
    const [zh, en] = [files[file] ?? {}, files[file.replace("zh-CN", "en")] ?? {}];
    expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort());
    for (const [key, text] of Object.entries(zh)) expect([key, placeholders(en[key] ?? "")]).toEqual([key, placeholders(text)]);
  });

  it("gives a key to one room only", () => {
    const keys = rooms.flatMap((file) => Object.keys(files[file] ?? {}));
    expect(keys.filter((key, place) => keys.indexOf(key) !== place)).toEqual([]);
  });
});
