// All browser tests, one after the other, each with a shop of its own that begins where a first start ended.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { PASSWORD, ROOT, Shop } from "./harness.mjs";

const SCRIPTS = ["run", "desk", "supervisor", "tasks", "knowledge", "learning", "settings", "safety", "privacy", "keyboard", "campaigns", "naughty", "comeback"];

const template = new Shop("template");
try {
  await template.start();
  await template.end("SIGTERM");
  writeFileSync(join(template.folder, PASSWORD), template.password);
  const env = { ...process.env, SHOP_TEMPLATE: template.folder };
  for (const script of SCRIPTS) {
    // comeback.mjs opens a thousand sockets from Node itself.
    const run = spawnSync("node", ["--experimental-websocket", join(ROOT, `web/e2e/${script}.mjs`)], { env, stdio: "inherit" });
    process.exitCode = run.status ?? 1;
    if (process.exitCode !== 0) break;
  }
} finally {
  template.forget();
}
