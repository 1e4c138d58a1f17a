#!/usr/bin/env node
/**
 * The plugin with the real OpenClaw and a real gateway, no network but loopback beyond what is installed.
 *
 *   node test/e2e/run.mjs --gateway target/release/keyferry [--tools target/tools/openclaw]
 *
 * `KEYFERRY_BIN` stands for `--gateway`. Installs what it needs into the tools' folder, once; runs on Node 20 or newer and
 * brings the Node that OpenClaw needs. Prints each step; ends with 0 when all of them held.
 */

import { mkdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { checkPackage, checkTypes } from "./checks.mjs";
import { installTools } from "./install.mjs";
import { must, step } from "./say.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const plugin = resolve(here, "../..");
const repository = resolve(plugin, "../..");

const { values } = parseArgs({
  options: {
    gateway: { type: "string", default: process.env.KEYFERRY_BIN ?? join(repository, "target/release/keyferry") },
    tools: { type: "string", default: join(repository, "target/tools/openclaw") },
  },
});

try {
  const folder = resolve(values.tools);
  await mkdir(folder, { recursive: true });
  const tools = await installTools(folder, plugin);
  await step("the plugin is built", () => must("npm", ["run", "build", "--silent"], { cwd: plugin }));
  await checkTypes(plugin, tools);
  await checkPackage(plugin, tools);
  // OpenClaw's own Node from here on: its client for approvals runs in the process of the test.
  const drive = [join(here, "drive.mjs"), "--gateway", resolve(values.gateway), "--host", tools.host];
  await must(join(tools.bin, "node"), drive, { env: { ...process.env, PATH: `${tools.bin}:${process.env.PATH}` }, shown: true });
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
