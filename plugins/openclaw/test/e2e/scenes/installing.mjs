/** The folder is installed by the commands of the README, and what it offers is there. */

import assert from "node:assert/strict";
import { step } from "../say.mjs";

export async function installing({ plugin, gateway, claw }) {
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
