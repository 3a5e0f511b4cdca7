// The widget stands on every page of a shop: with everything it must stay below 15 KB gzipped.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const LIMIT = 15 * 1024;
const size = gzipSync(readFileSync(new URL("../dist/widget/widget.js", import.meta.url)), { level: 9 }).length;
console.log(`widget.js: ${size} bytes gzipped (limit ${LIMIT})`);
if (size > LIMIT) process.exit(1);
