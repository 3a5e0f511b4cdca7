import { expect, it } from "vitest";
import { programOf } from "./program.ts";

it("names browsers as people do", () => {
  const chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36";
  expect(programOf(chrome)).toBe("Chrome · Windows");
  expect(programOf(`${chrome} Edg/131.0`)).toBe("Edge · Windows");
  expect(programOf("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1")).toBe("Safari · iOS");
  expect(programOf("curl/8.5")).toBe("curl/8.5");
  expect(programOf("")).toBe("");
});
