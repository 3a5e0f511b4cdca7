import { describe, expect, it } from "vitest";
import { parseMarkdown, safeHref, yuan } from "./index.ts";

describe("markdown", () => {
  it("reads paragraphs, lists, bold and links", () => {
    expect(parseMarkdown("看 **这里**\n- 一\n- [订单](/orders)\n\n好")).toEqual([
      { kind: "paragraph", inlines: [{ kind: "text", text: "看 " }, { kind: "bold", text: "这里" }] },
      { kind: "list", ordered: false, items: [[{ kind: "text", text: "一" }], [{ kind: "link", text: "订单", href: "/orders" }]] },
      { kind: "paragraph", inlines: [{ kind: "text", text: "好" }] },
    ]);
  });

  it("leaves everything else as text", () => {
    for (const naughty of [
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
    expect(safeHref("https://shop.example/a")).toBe("https://shop.example/a");
  });
});

describe("prices", () => {
  it("are written as shops write them", () => {
    expect([yuan(26900), yuan(1990), yuan(5)]).toEqual(["269", "19.90", "0.05"]);
  });
});
