/** What is published is installed from a folder, and what it offers is there. */

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { must, step } from "../say.mjs";

export async function installing({ plugin: sources, gateway, claw }) {
  const plugin = await step("the package is packed, and unpacked to a folder", () => unpacked(sources, join(claw.home, "packed")));
  await step("without the two flags an unattended install is refused", async () => {
    const refused = await claw.tryCli("plugins", "install", plugin);
    assert.notEqual(refused.code, 0);
  });
  await step("the plugin is installed from its folder", async () => {
    await claw.cli("plugins", "install", plugin, "--force", "--accept-capabilities");
    await claw.set("plugins.entries.keyferry.config", { baseUrl: gateway.facts.baseUrl });
  });
  await step("OpenClaw starts with it", () => claw.start());
  await step("its ten tools are there, and ClawLink's are not", async () => {
    const { out } = await claw.cli("plugins", "inspect", "keyferry", "--runtime", "--json");
    const { plugin: entry, tools, diagnostics } = JSON.parse(out.slice(out.indexOf("{")));
    const names = tools.flatMap((one) => one.names);
    assert.equal(entry.status, "loaded");
    assert.equal(names.length, 10);
    assert.ok(names.every((name) => name.startsWith("keyferry_")), names.join(" "));
    assert.deepEqual(diagnostics, []);
    assert.equal((await claw.invoke("clawlink_list_integrations")).status, 404);
  });
  await step("its skill can be used", async () => {
    const { out } = await claw.cli("skills", "list", "--json");
    const skill = JSON.parse(out.slice(out.indexOf("{"))).skills.find((one) => one.name === "segment");
    assert.ok(skill?.eligible, "the skill `segment` is eligible");
  });
}

/** Exactly the files that a registry would give. */
async function unpacked(sources, folder) {
  await mkdir(folder);
  const { out } = await must("npm", ["pack", "--ignore-scripts", "--silent", "--pack-destination", folder], { cwd: sources });
  await must("tar", ["xzf", join(folder, out.trim().split("\n").at(-1)), "-C", folder]);
  return join(folder, "package");
}
