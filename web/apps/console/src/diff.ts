/**
 * What changed between two texts, in pieces a person can read: words of the language, not lines. Longest common
 * subsequence over the words that are left once the common beginning and end are cut off.
 */
export interface Piece {
  kind: "same" | "gone" | "new";
  text: string;
}

/** Above this many cells the table would be felt; the two middles are then shown whole. */
const MOST_CELLS = 1_000_000;

const words = new Intl.Segmenter("zh-CN", { granularity: "word" });
const split = (text: string): string[] => Array.from(words.segment(text), ({ segment }) => segment);

export function diff(before: string, after: string): Piece[] {
  const [old, fresh] = [split(before), split(after)];
  let head = 0;
  while (head < old.length && head < fresh.length && old[head] === fresh[head]) head++;
  let tail = 0;
  while (tail < old.length - head && tail < fresh.length - head && old[old.length - 1 - tail] === fresh[fresh.length - 1 - tail]) tail++;
  const middle = between(old.slice(head, old.length - tail), fresh.slice(head, fresh.length - tail));
  return joined([...old.slice(0, head).map(same), ...middle, ...old.slice(old.length - tail).map(same)]);
}

const same = (text: string): Piece => ({ kind: "same", text });

function between(old: string[], fresh: string[]): Piece[] {
  if (old.length * fresh.length > MOST_CELLS) return [{ kind: "gone", text: old.join("") }, { kind: "new", text: fresh.join("") }];
  const width = fresh.length + 1;
  // The cell of i and j holds how much the rests from there on have in common.
  const common = new Uint32Array((old.length + 1) * width);
  const at = (i: number, j: number): number => common[i * width + j] ?? 0;
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = fresh.length - 1; j >= 0; j--) common[i * width + j] = old[i] === fresh[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  }
  const pieces: Piece[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < fresh.length) {
    if (i < old.length && j < fresh.length && old[i] === fresh[j]) {
      pieces.push(same(old[i]!));
      i++;
      j++;
    } else if (j >= fresh.length || (i < old.length && at(i + 1, j) >= at(i, j + 1))) pieces.push({ kind: "gone", text: old[i++]! });
    else pieces.push({ kind: "new", text: fresh[j++]! });
  }
  return pieces;
}

/** Neighbours of one kind as one piece. */
function joined(pieces: Piece[]): Piece[] {
  const whole: Piece[] = [];
  for (const piece of pieces) {
    const last = whole.at(-1);
    if (last?.kind === piece.kind) last.text += piece.text;
    else if (piece.text) whole.push({ ...piece });
  }
  return whole;
}
