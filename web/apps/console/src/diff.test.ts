import { expect, it } from "vitest";
import { diff } from "./diff.ts";

const written = (before: string, after: string): string => diff(before, after).map(({ kind, text }) => (kind === "same" ? text : kind === "gone" ? `[-${text}]` : `[+${text}]`)).join("");

it("shows a change as words", () => {
  expect(written("满 59 元包邮", "满 99 元包邮")).toBe("满 [-59][+99] 元包邮");
  expect(written("", "新的")).toBe("[+新的]");
  expect(written("一样", "一样")).toBe("一样");
  expect(written("退款三天到账", "退款一般三天内到账")).toBe("退款[+一般]三天[+内]到账");
});

it("keeps both texts whole, however long they are", () => {
  const [before, after] = ["甲乙丙，".repeat(900), "甲丁丙。".repeat(900)];
  const pieces = diff(before, after);
  expect(pieces.filter(({ kind }) => kind !== "new").map(({ text }) => text).join("")).toBe(before);
  expect(pieces.filter(({ kind }) => kind !== "gone").map(({ text }) => text).join("")).toBe(after);
});
