import { describe, expect, it } from "vitest";
import en from "@xiaoer/ui/en.json";
import zh from "@xiaoer/ui/zh-CN.json";
import { waitText } from "./wait.tsx";

const queue = (part: object) => ({ type: "queue" as const, bot: true, ...part });

describe("the wait for a person", () => {
  it("says place and estimate", () => {
    expect(waitText(queue({ place: 3, estimate_s: 170 }), zh)).toBe("前面还有 2 位，预计 3 分钟");
    expect(waitText(queue({ place: 1, estimate_s: 0 }), zh)).toBe("下一位就是您，预计 1 分钟");
    expect(waitText(queue({ place: 2, estimate_s: 60 }), en)).toBe("1 ahead of you, about 1 min");
  });

  it("promises nothing that the server did not say", () => {
    expect(waitText(queue({ place: 2 }), zh)).toBe("前面还有 1 位");
    expect(waitText(null, zh)).toBe("正在等待人工");
  });

  it("says when people answer a ticket", () => {
    const today = new Date();
    today.setHours(9, 0, 0, 0);
    expect(waitText(queue({ opens_at: today.getTime() }), zh)).toBe("我们 09:00 上班后回复您");
    expect(waitText(queue({ opens_at: new Date(2031, 1, 3, 9, 30).getTime() }), zh)).toBe("我们 2/3 09:30 上班后回复您");
  });
});
