import { describe, expect, it } from "vitest";
import { commandOf } from "./keys.ts";

const key = (code: string, rest: Partial<KeyboardEvent> = {}) => ({ code, key: "", altKey: true, ctrlKey: false, metaKey: false, shiftKey: false, isComposing: false, ...rest });

describe("shortcuts", () => {
  it("go by the place of the key", () => {
    expect(commandOf(key("KeyC", { key: "ç" }), true)).toBe("claim");
    expect(commandOf(key("ArrowDown"), true)).toBe("next");
    expect(commandOf(key("Digit2"), true)).toBe("insert2");
    expect(commandOf(key("Numpad3", { shiftKey: true }), true)).toBe("send3");
  });

  it("leave a composition, other modifiers and plain letters alone", () => {
    expect(commandOf(key("KeyC", { isComposing: true }), true)).toBeNull();
    expect(commandOf(key("KeyC", { ctrlKey: true }), false)).toBeNull();
    expect(commandOf(key("KeyC", { altKey: false, key: "c" }), false)).toBeNull();
  });

  it("show themselves on ? unless somebody types it", () => {
    expect(commandOf(key("Slash", { altKey: false, key: "?", shiftKey: true }), false)).toBe("help");
    expect(commandOf(key("Slash", { altKey: false, key: "?", shiftKey: true }), true)).toBeNull();
  });
});
