// How many lines of docs/checklist.md hold, by what the tests have just said: a line holds when all tests that it names
// ran and passed. tests/noted.sh keeps what they said; this comes at the end of `make test`.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = new URL("../..", import.meta.url).pathname;
const SAID = join(ROOT, "target/checklist");

// cargo: "test wire::line_17_x ... ok"; vitest: "✓ file > group > line 37: x 2ms"; the browser's scripts: "  ok line 25: x (1.2 s)".
const PASSED = /^test \S+ \.\.\. ok$|^\s*✓ |^ {2}ok /;
const COLOURS = /\u001b\[[0-9;]*m/g;
const passed = readdirSync(SAID)
  .flatMap((file) => readFileSync(join(SAID, file), "utf8").split("\n"))
  .map((line) => line.replace(COLOURS, ""))
  .filter((line) => PASSED.test(line));

/** The last part of a Rust test's name is its whole name; others stand among more words. */
const ran = (test) => passed.some((line) => (test.startsWith("line_") ? line.includes(`::${test} ...`) : line.includes(test)));

const lines = [];
for (const line of readFileSync(join(ROOT, "docs/checklist.md"), "utf8").split("\n")) {
  if (/^\d+\. /.test(line)) lines.push({ number: parseInt(line), tests: [] });
  else if (line.startsWith("    - ")) lines.at(-1).tests.push(/`(.+)`/.exec(line)[1]);
}
const open = lines.filter(({ tests }) => tests.length === 0 || !tests.every(ran));
const tests = lines.flatMap((line) => line.tests);
console.log(`checklist of trust: ${lines.length - open.length} of ${lines.length} lines hold, by ${tests.filter(ran).length} tests`);
for (const { number, tests } of open) console.log(`  line ${number}: ${tests.filter((test) => !ran(test)).join(", ") || "no test"}`);
process.exitCode = open.length === 0 ? 0 : 1;
