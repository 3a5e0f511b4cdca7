import { expect, it } from "vitest";
import { usePages } from "./pages.ts";

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

it("reads the pages that are in sight, each once", async () => {
  const asked: number[] = [];
  const pages = usePages<number>(async (offset, limit) => {
    asked.push(offset);
    return { items: Array.from({ length: Math.min(limit, 20_000 - offset) }, (_, place) => offset + place), total: 20_000 };
  });
  await pages.anew();
  pages.need(0, 30);
  pages.need(14_990, 15_020);
  pages.need(15_000, 15_030);
  await settled();
  expect(asked).toEqual([0, 14_900, 15_000]);
  expect([pages.total.value, pages.rows.value[99], pages.rows.value[100], pages.rows.value[15_001]]).toEqual([20_000, 99, undefined, 15_001]);
});

it("drops what comes late for a question that is no longer asked", async () => {
  let wanted = "旧";
  let late = (): void => {};
  const pages = usePages<string>(async () => {
    const mine = wanted;
    if (mine === "旧") await new Promise<void>((resolve) => (late = resolve));
    return { items: [mine], total: 1 };
  });
  const first = pages.anew();
  wanted = "新";
  await pages.anew();
  late();
  await first;
  expect(pages.rows.value).toEqual(["新"]);
});
