import { describe, expect, it } from "vitest";
import { mentioned, replaceToken, tokenAt } from "./tokens.ts";

describe("tokens before the cursor", () => {
  it("are found at the beginning of a word alone", () => {
    expect(tokenAt("/tk", 3)).toEqual({ kind: "slash", text: "tk", from: 0, to: 3 });
    expect(tokenAt("您好 /", 4)).toEqual({ kind: "slash", text: "", from: 3, to: 4 });
    expect(tokenAt("1/2", 3)).toBeNull();
    expect(tokenAt("https://a", 9)).toBeNull();
    expect(tokenAt("请看@小", 4)).toEqual({ kind: "mention", text: "小", from: 2, to: 4 });
    expect(tokenAt("@小 看", 4)).toBeNull();
  });

  it("are replaced where they stand", () => {
    const token = tokenAt("您好 /tk 谢谢", 6)!;
    expect(replaceToken("您好 /tk 谢谢", token, "退款中")).toEqual({ text: "您好 退款中 谢谢", cursor: 6 });
  });

  it("name colleagues, the longest name first", () => {
    const agents = [{ id: "1", name: "li", display_name: "小李" }, { id: "2", name: "lili", display_name: "小李子" }];
    expect(mentioned("@小李子 看一下", agents).map((one) => one.id)).toEqual(["2"]);
    expect(mentioned("@li 和 @小李子", agents).map((one) => one.id).sort()).toEqual(["1", "2"]);
    expect(mentioned("小李", agents)).toEqual([]);
  });
});
