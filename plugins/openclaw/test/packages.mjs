/** The plugin's own tools (compiler, test runner), by its lock file, installed once for each. By itself or from `e2e`. */

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const plugin = join(import.meta.dirname, "..");
const stamp = join(plugin, "node_modules/.installed");
const lock = createHash("sha256").update(readFileSync(join(plugin, "package-lock.json"))).digest("hex");

if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== lock) {
  const { status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--silent"], { cwd: plugin, stdio: "inherit" });
  if (status !== 0) throw new Error(`npm ci in ${plugin} ended with ${status}`);
  writeFileSync(stamp, lock);
}
