/**
 * What the test needs, each in a folder of its own and installed once for each version. By itself it only installs:
 * `node test/e2e/install.mjs [--tools target/tools/openclaw]`.
 */

import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { must, step } from "./say.mjs";

/** OpenClaw says in `engines` which Node it needs. */
const NODE = `node-${process.platform}-${process.arch}@24.21.0`;
const OPENCLAW = "openclaw@2026.9.6";
const CLAWHUB = "clawhub@0.23.3";

export const TOOLS = resolve(import.meta.dirname, "../../../../target/tools/openclaw");

export async function installTools(folder) {
  await mkdir(folder, { recursive: true });
  const bin = join(folder, "node/node_modules", NODE.split("@")[0], "bin");
  await install(folder, "node", NODE);
  await Promise.all([install(folder, "host", OPENCLAW, bin), install(folder, "hub", CLAWHUB, bin)]);
  return {
    folder,
    bin,
    host: join(folder, "host/node_modules/openclaw"),
    clawhub: join(folder, "hub/node_modules/.bin/clawhub"),
  };
}

async function install(folder, name, spec, bin) {
  const prefix = join(folder, name);
  const stamp = join(prefix, "installed");
  if (existsSync(stamp) && (await readFile(stamp, "utf8")) === spec) return;
  await step(`${spec} is installed`, async () => {
    await rm(prefix, { recursive: true, force: true });
    const env = bin ? { ...process.env, PATH: `${bin}:${process.env.PATH}` } : process.env;
    await must("npm", ["install", "--prefix", prefix, "--no-save", "--no-audit", "--no-fund", "--silent", spec], { env });
  });
  await writeFile(stamp, spec);
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({ options: { tools: { type: "string", default: TOOLS } } });
  await installTools(resolve(values.tools));
}
