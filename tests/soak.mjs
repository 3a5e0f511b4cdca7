// Judges the table of tests/soak.sh: the growth of each figure in an hour by least squares, with its 95 % interval
// (Student's t). A figure is flat where even the upper end of the interval is below its bound; it grows where the lower
// end is above nothing; otherwise the hour does not tell.
//
// Memory and handles are taken as they are, and bounded by five of a hundred of their mean. The 99th percentile of a
// minute rests on its 28 slowest turns, and those wait for the disk: it is taken as a logarithm, beside that of the bare
// disk in the same minute, and bounded by a quarter of itself.
import { readFileSync } from "node:fs";

const WARM_UP = 1 / 6;
const FEWEST = 10;
// Two-sided 5 % points of Student's t for 7, 8, 10, 15, 20, 30, 60 and more degrees of freedom.
const POINTS = [[7, 2.365], [8, 2.306], [10, 2.228], [15, 2.131], [20, 2.086], [30, 2.042], [60, 2.0]];

const rows = readFileSync(process.argv[2], "utf8")
  .split("\n")
  .filter((line) => /^\| \d/.test(line))
  .map((line) => line.split("|").slice(1, -1).map(Number));
const used = rows.slice(Math.floor(rows.length * WARM_UP));
if (used.length < FEWEST) {
  console.log(`\n${used.length} minutes after the warm-up are too few to judge; ${FEWEST} are needed.`);
  process.exit(0);
}

const sum = (values) => values.reduce((total, one) => total + one, 0);
const product = (left, right) => sum(left.map((one, at) => one * right[at]));
const centred = (values) => values.map((one) => one - sum(values) / values.length);

/** What is left of values when a straight line through `beside` has explained what it can. */
function without(values, beside) {
  const [rest, by] = [centred(values), centred(beside)];
  const share = product(rest, by) / product(by, by);
  return rest.map((one, at) => one - share * by[at]);
}

/** Growth in an hour, with its interval; `beside` explains a part that is not counted (Frisch and Waugh 1933). */
function growth(values, beside) {
  const minutes = values.map((_, at) => at);
  const [time, rest] = beside ? [without(minutes, beside), without(values, beside)] : [centred(minutes), centred(values)];
  const freedom = values.length - (beside ? 3 : 2);
  const spread = product(time, time);
  const slope = product(time, rest) / spread;
  const left = rest.map((one, at) => one - slope * time[at]);
  const [, point] = POINTS.findLast(([least]) => least <= freedom);
  const error = point * Math.sqrt(product(left, left) / freedom / spread);
  return [slope, slope - error, slope + error].map((one) => 60 * one);
}

const column = (at) => used.map((row) => row[at]);
const logarithms = (at) => column(at).map(Math.log);
const mean = (at) => sum(column(at)) / used.length;
const FIGURES = [
  { name: "memory MB", at: 5, growth: growth(column(5)), bound: 0.05 * mean(5), shown: (one) => one.toFixed(2) },
  { name: "handles", at: 6, growth: growth(column(6)), bound: 0.05 * mean(6), shown: (one) => one.toFixed(2) },
  {
    name: "p99 ms, beside the disk's",
    at: 3,
    growth: growth(logarithms(3), logarithms(4)).map(Math.expm1),
    bound: 0.25,
    shown: (one) => `${(100 * one).toFixed(0)} %`,
  },
];

let grows = false;
console.log(`\nGrowth in an hour, by least squares over the last ${used.length} minutes, with its 95 % interval:\n`);
console.log("| | mean | growth in an hour | flat below | |\n|---|---|---|---|---|");
for (const { name, at, growth, bound, shown } of FIGURES) {
  const [slope, low, high] = growth;
  const verdict = high < bound ? "flat" : low > 0 ? "GROWS" : "not clear";
  grows ||= verdict === "GROWS";
  console.log(`| ${name} | ${mean(at).toFixed(1)} | ${shown(slope)} (${shown(low)} to ${shown(high)}) | ${shown(bound)} | ${verdict} |`);
}
process.exitCode = grows ? 1 : 0;
