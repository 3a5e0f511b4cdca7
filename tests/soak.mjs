// Judges the table of tests/soak.sh: the slope of each figure by least squares, with its 95 % interval (Student's t),
// as growth in an hour. A figure is flat where even the upper end of the interval is below five of a hundred of the mean;
// it grows where the lower end is above nothing; otherwise the hour does not tell.
import { readFileSync } from "node:fs";

const WARM_UP = 1 / 2;
const FEWEST = 10;
const SMALL = 0.05;
// Two-sided 5 % points of Student's t for 8, 10, 15, 20, 30, 60 and more degrees of freedom.
const POINTS = [[8, 2.306], [10, 2.228], [15, 2.131], [20, 2.086], [30, 2.042], [60, 2.0]];

const rows = readFileSync(process.argv[2], "utf8")
  .split("\n")
  .filter((line) => /^\| \d/.test(line))
  .map((line) => line.split("|").slice(1, -1).map(Number));
const used = rows.slice(Math.floor(rows.length * WARM_UP));
if (used.length < FEWEST) {
  console.log(`\n${used.length} minutes after the warm-up are too few to judge; ${FEWEST} are needed.`);
  process.exit(0);
}

/** Growth in an hour with its 95 % interval, and the mean. */
function growth(values) {
  const count = values.length;
  const [middle, mean] = [(count - 1) / 2, values.reduce((sum, one) => sum + one, 0) / count];
  const spread = values.reduce((sum, _, at) => sum + (at - middle) ** 2, 0);
  const slope = values.reduce((sum, one, at) => sum + (at - middle) * (one - mean), 0) / spread;
  const rest = values.reduce((sum, one, at) => sum + (one - mean - slope * (at - middle)) ** 2, 0);
  const [, point] = POINTS.findLast(([freedom]) => freedom <= count - 2);
  const error = point * Math.sqrt(rest / (count - 2) / spread);
  return { mean, slope: 60 * slope, low: 60 * (slope - error), high: 60 * (slope + error) };
}

let grows = false;
console.log(`\nGrowth in an hour, by least squares over the last ${used.length} minutes, with its 95 % interval:\n`);
console.log("| | mean | growth in an hour | |\n|---|---|---|---|");
for (const [name, column] of [["memory MB", 4], ["handles", 5], ["p99 ms", 3]]) {
  const { mean, slope, low, high } = growth(used.map((row) => row[column]));
  const verdict = high < SMALL * mean ? "flat" : low > 0 ? "GROWS" : "not clear";
  grows ||= verdict === "GROWS";
  console.log(`| ${name} | ${mean.toFixed(1)} | ${slope.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)}) | ${verdict} |`);
}
process.exitCode = grows ? 1 : 0;
