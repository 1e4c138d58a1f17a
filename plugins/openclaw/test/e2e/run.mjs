#!/usr/bin/env node
/**
 * The plugin with the real OpenClaw and a real gateway, no network but loopback beyond what is installed.
 *
 *   node test/e2e/run.mjs --gateway target/release/keyferry [--tools target/tools/openclaw]
 *
 * Installs what it needs into the tools' folder, once; runs on Node 20 or newer and brings the Node that OpenClaw needs.
 * Prints each step; ends with 0 when all of them held.
 */

import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { checkPackage, checkTypes } from "./checks.mjs";
import { TOOLS, installTools } from "./install.mjs";
import { must, step } from "./say.mjs";

const here = import.meta.dirname;
const plugin = resolve(here, "../..");

const { values } = parseArgs({
  options: {
    gateway: { type: "string", default: resolve(plugin, "../../target/release/keyferry") },
    tools: { type: "string", default: TOOLS },
  },
});

try {
  const tools = await installTools(resolve(values.tools));
  await import("../packages.mjs");
  await step("the plugin is built", () => must("npm", ["run", "build", "--silent"], { cwd: plugin }));
  // OpenClaw's own Node: its client for approvals runs in the process of the test.
  const drive = [join(here, "drive.mjs"), "--gateway", resolve(values.gateway), "--host", tools.host];
  const env = { ...process.env, PATH: `${tools.bin}:${process.env.PATH}` };
  const scenes = must(join(tools.bin, "node"), drive, { env, shown: true });
  const ended = await Promise.allSettled([scenes, checkTypes(plugin, tools), checkPackage(plugin, tools)]);
  for (const { reason } of ended) if (reason) throw reason;
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
