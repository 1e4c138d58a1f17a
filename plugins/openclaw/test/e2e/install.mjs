/** What the test needs, each in a folder of its own and installed once for each version. */

import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { must, step } from "./say.mjs";

/** OpenClaw says in `engines` which Node it needs. */
const NODE = `node-${process.platform}-${process.arch}@24.21.0`;
const OPENCLAW = "openclaw@2026.9.6";
const CLAWHUB = "clawhub@0.23.3";

export async function installTools(folder, plugin) {
  await install(folder, "node", NODE);
  const bin = join(folder, "node/node_modules", NODE.split("@")[0], "bin");
  await install(folder, "host", OPENCLAW, bin);
  await install(folder, "hub", CLAWHUB, bin);
  await installPlugin(plugin);
  return {
    folder,
    bin,
    host: join(folder, "host/node_modules/openclaw"),
    clawhub: join(folder, "hub/node_modules/.bin/clawhub"),
  };
}

async function install(folder, name, spec, bin) {
  const prefix = join(folder, name);
  await once(join(prefix, "installed"), spec, `${spec} is installed`, async () => {
    await rm(prefix, { recursive: true, force: true });
    const env = bin ? { ...process.env, PATH: `${bin}:${process.env.PATH}` } : process.env;
    await must("npm", ["install", "--prefix", prefix, "--no-save", "--no-audit", "--no-fund", "--silent", spec], { env });
  });
}

/** The plugin's own tools, by its lock file. */
async function installPlugin(plugin) {
  const lock = await readFile(join(plugin, "package-lock.json"));
  const stamp = createHash("sha256").update(lock).digest("hex");
  await once(join(plugin, "node_modules/.installed"), stamp, "the plugin's own tools are installed", () =>
    must("npm", ["ci", "--no-audit", "--no-fund", "--silent"], { cwd: plugin }),
  );
}

async function once(stamp, what, name, work) {
  if (existsSync(stamp) && (await readFile(stamp, "utf8")) === what) return;
  await step(name, work);
  await writeFile(stamp, what);
}
