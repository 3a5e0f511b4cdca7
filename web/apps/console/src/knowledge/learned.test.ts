import { describe, expect, it } from "vitest";
import { inForce, type ModelVersion, waysBack } from "./learned.ts";

const STANDING = { accuracy: 0.9, new_right: 0.5 };
const version = (version: number, decision: ModelVersion["decision"]): ModelVersion => ({ version, decision, comparison: { held_out: 10, new: 1, before: STANDING, after: STANDING }, actor: "admin", at: 0 });

describe("what was learned", () => {
  it("begins with the knowledge base alone, from which there is no way back", () => {
    expect(inForce([])).toBe(0);
    expect(waysBack([])).toEqual(new Set());
    expect(waysBack([version(1, "refused")])).toEqual(new Set());
  });

  it("leads back to what was in force, and to nothing else", () => {
    const versions = [version(5, "rolled_back"), version(4, "published"), version(3, "refused"), version(2, "published"), version(1, "published")];
    expect(inForce(versions)).toBe(4);
    expect(waysBack(versions)).toEqual(new Set([0, 1, 2]));
  });
});
