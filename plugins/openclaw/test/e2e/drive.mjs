/** The scenes, one after another, over one gateway and one OpenClaw. Runs on the Node that OpenClaw needs. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { DemoGateway } from "./gateway.mjs";
import { ScriptedModel } from "./model.mjs";
import { OpenClaw } from "./openclaw.mjs";
import { Person } from "./person.mjs";
import { step } from "./say.mjs";
import { compat } from "./scenes/compat.mjs";
import { conversation } from "./scenes/conversation.mjs";
import { ending } from "./scenes/ending.mjs";
import { highImpact } from "./scenes/high-impact.mjs";
import { installing } from "./scenes/installing.mjs";
import { pairing } from "./scenes/pairing.mjs";
import { reading } from "./scenes/reading.mjs";
import { secrets } from "./scenes/secrets.mjs";
import { writing } from "./scenes/writing.mjs";

const { values } = parseArgs({ options: { gateway: { type: "string" }, host: { type: "string" } } });
const plugin = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

const home = await mkdtemp(join(tmpdir(), "keyferry-openclaw-"));
const gateway = await step("a gateway with Segment's stand-in runs", () => DemoGateway.start(values.gateway, home));
const model = await new ScriptedModel().start();
const claw = await OpenClaw.make(values.host, join(home, "openclaw"), model);
const person = new Person(gateway.facts.baseUrl);
const world = { plugin, gateway, claw, person, model };
try {
  for (const scene of [installing, pairing, reading, writing, highImpact, conversation, compat, ending, secrets]) await scene(world);
  console.log("ok    all scenes");
} catch (error) {
  console.error(error);
  console.error(`--- OpenClaw said:\n${(claw.said ?? "").split("\n").slice(-25).join("\n")}`);
  process.exitCode = 1;
} finally {
  await claw.stop();
  await gateway.stop();
  model.stop();
  await rm(home, { recursive: true, force: true });
}
// The host's client for approvals may keep timers.
process.exit();
