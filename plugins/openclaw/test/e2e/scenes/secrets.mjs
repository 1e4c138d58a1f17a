/** After all that: no key and no token of the gateway lies anywhere in the host's home. */

import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { step } from "../say.mjs";
import { seen } from "./pairing.mjs";

export async function secrets({ gateway, claw }) {
  await step("nothing that the host keeps or logs holds a key or a token", async () => {
    await claw.stop();
    const { public_api, tracking, profiles } = gateway.facts.credentials;
    assert.ok(seen.size >= 5, "tokens of two devices and a code were seen");
    const needles = [public_api, tracking, profiles, ...seen].map((secret) => Buffer.from(secret));
    const entries = await readdir(claw.home, { recursive: true, withFileTypes: true });
    const files = entries.filter((one) => one.isFile() && !one.parentPath.includes("/extensions/keyferry"));
    assert.ok(files.some((one) => one.name.endsWith(".sqlite")), "the host's state is looked through");
    for (const { parentPath, name } of files) {
      const bytes = await readFile(join(parentPath, name));
      assert.ok(!needles.some((needle) => bytes.includes(needle)), `a secret in ${join(parentPath, name)}`);
    }
    assert.ok(!needles.some((needle) => claw.said.includes(needle.toString())), "the host said a secret");
  });
}
