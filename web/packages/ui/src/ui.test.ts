import { describe, expect, it } from "vitest";
import { parseMarkdown, safeHref, sendsMessage, yuan } from "./index.ts";

describe("markdown", () => {
  it("reads paragraphs, lists, bold and links", () => {
    expect(parseMarkdown("看 **这里**\n- 一\n- [订单](/orders)\n\n好")).toEqual([
      { kind: "paragraph", inlines: [{ kind: "text", text: "看 " }, { kind: "bold", text: "这里" }] },
      { kind: "list", ordered: false, items: [[{ kind: "text", text: "一" }], [{ kind: "link", text: "订单", href: "/orders" }]] },
      { kind: "paragraph", inlines: [{ kind: "text", text: "好" }] },
    ]);
  });

  it("line 27: reads pictures of the shop or over https", () => {
    expect(parseMarkdown("尺码表：![尺码表](https://shop.example/size.png)")).toEqual([
      { kind: "paragraph", inlines: [{ kind: "text", text: "尺码表：" }, { kind: "picture", text: "尺码表", href: "https://shop.example/size.png" }] },
    ]);
  });

  it("reads a table, whose first row is its head", () => {
    const cell = (text: string) => (text ? [{ kind: "text", text }] : []);
    expect(parseMarkdown("|  | 甲 | 乙 |\n| --- | --- | --- |\n| 价格 | 99 元 | 120 元 |\n\n好")).toEqual([
      { kind: "table", rows: [["", "甲", "乙"].map(cell), ["价格", "99 元", "120 元"].map(cell)] },
      { kind: "paragraph", inlines: cell("好") },
    ]);
  });

  it("line 26: leaves everything else as text", () => {
    for (const naughty of [
      "![x](javascript:alert(1))",
      "![x](http://insecure.example/a.png)",
      "<img src=x onerror=alert(1)>",
      "[x](javascript:alert(1))",
      "[x](data:text/html,1)",
      "[x](//evil.example)",
      "[x](/\\evil.example)",
      "[x](http://insecure.example)",
    ]) {
      const [block] = parseMarkdown(naughty);
      const inlines = block?.kind === "paragraph" ? block.inlines : [];
      expect(inlines.every((inline) => inline.kind === "text")).toBe(true);
      expect(inlines.map((inline) => inline.text).join("")).toBe(naughty);
    }
    for (const fine of ["/", "/orders?a=1#b", "https://shop.example/a", "tel:400-820"]) expect(safeHref(fine)).toBe(fine);
    for (const away of ["/\t/evil.example", "/\n/evil.example", "/\r/evil.example", "\t//evil.example", "/\0/evil.example", "/\t\\evil.example", "/orders\n", "https://\tevil.example", "tel:1\n"]) {
      expect(safeHref(away), JSON.stringify(away)).toBeUndefined();
    }
  });
});

describe("prices", () => {
  it("are written as shops write them", () => {
    expect([yuan(26900), yuan(1990), yuan(5)]).toEqual(["269", "19.90", "0.05"]);
  });
});

describe("line 41: Enter", () => {
  const enter = { key: "Enter", shiftKey: false, isComposing: false, keyCode: 13 };

  it("sends, except during a composition or with Shift", () => {
    expect(sendsMessage(enter)).toBe(true);
    expect(sendsMessage({ ...enter, shiftKey: true })).toBe(false);
    // Chrome and Firefox say so; Safari says 229 for the Enter that ends the composition.
    expect(sendsMessage({ ...enter, isComposing: true })).toBe(false);
    expect(sendsMessage({ ...enter, keyCode: 229 })).toBe(false);
    expect(sendsMessage({ ...enter, key: "Process", keyCode: 229, isComposing: true })).toBe(false);
    expect(sendsMessage({ ...enter, key: "a" })).toBe(false);
  });
});
