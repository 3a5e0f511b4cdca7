// What the disk alone takes to keep four kilobytes for good, as the 99th percentile in milliseconds: the ground on which
// each acknowledged turn of tests/soak.sh stands.
//
//   node tests/bare_disk.mjs FILE SECONDS
import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import { setInterval } from "node:timers/promises";

const [file, seconds] = process.argv.slice(2);
const PAUSE_MS = 50;
const PAGES = 256;
const page = Buffer.alloc(4_096, 1);
const disk = openSync(file, "w");
const times = [];
const end = performance.now() + 1_000 * Number(seconds);
for await (const _ of setInterval(PAUSE_MS)) {
  const began = performance.now();
  if (began >= end) break;
  writeSync(disk, page, 0, page.length, (times.length % PAGES) * page.length);
  fdatasyncSync(disk);
  times.push(performance.now() - began);
}
closeSync(disk);
times.sort((a, b) => a - b);
console.log(times[Math.floor(0.99 * (times.length - 1))].toFixed(2));
