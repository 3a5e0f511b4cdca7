import { expect, it } from "vitest";
import { changesOf } from "./audit.ts";

const row = { id: "1", at: 0, actor: "admin", action: "faq_saved", subject: "a", detail: {} };

it("names the fields that differ, and only those", () => {
  expect(changesOf({ ...row, before: { question: "怎么退", similar: ["退"] }, after: { question: "怎么退", similar: ["退", "退货"] } })).toEqual([{ field: "similar", before: "退", after: "退\n退货" }]);
  expect(changesOf({ ...row, before: null, after: { price: 100 } })).toEqual([{ field: "price", before: "", after: "100" }]);
  expect(changesOf({ ...row, before: null, after: null, detail: { rows: 3 } })).toEqual([{ field: "rows", before: "", after: "3" }]);
});
