/** Only one tab makes a sound for a message: the first one to claim its sequence. */
import type { SharedSurroundings } from "./connection.ts";

export function claimSound(
  around: Pick<SharedSurroundings, "exclusive" | "storage">,
  key: string,
  sequence: number,
  play: () => void,
): void {
  around.exclusive(key, async () => {
    if (Number(around.storage.getItem(key)) >= sequence) return;
    around.storage.setItem(key, `${sequence}`);
    play();
  });
}
