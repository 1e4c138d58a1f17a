/** A code is shown, polled in the background over a restart of the host, and typed by a person on the gateway's page. */

import assert from "node:assert/strict";
import { readFile, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { step, until } from "../say.mjs";

/** Every token and device code that was seen in the plugin's file. */
export const seen = new Set();

/** What the plugin keeps: `{path, kept}` of its only file. */
export async function kept(claw) {
  const folder = join(claw.state, "credentials/keyferry");
  const [name, ...others] = (await readdir(folder)).filter((one) => one.endsWith(".json"));
  assert.deepEqual(others, []);
  const kept = JSON.parse(await readFile(join(folder, name), "utf8"));
  const { tokens, pending } = kept;
  for (const secret of [tokens?.access, tokens?.refresh, pending?.deviceCode]) if (secret) seen.add(secret);
  return { folder, path: join(folder, name), kept };
}

export async function pairing({ gateway, claw, person }) {
  const { email, password, baseUrl } = gateway.facts;
  await person.signIn(email, password);

  await step("what needs a pairing says how to pair", async () => {
    const { text, details } = await claw.invoke("keyferry_list_integrations");
    assert.match(text, /^Not done \(not_paired\)[\s\S]*keyferry_begin_pairing/);
    assert.equal(details.ok, false);
  });
  await step("a person who says no is heard", async () => {
    const { details } = await claw.invoke("keyferry_begin_pairing", { deviceLabel: "Stranger" });
    await person.refusePairing(details.code);
    const { text } = await claw.invoke("keyferry_pairing_status", { waitSeconds: 30 });
    assert.match(text, /^Not paired: a person said no/);
  });
  const first = await step("a link and a code are shown", async () => {
    const begun = await claw.invoke("keyferry_begin_pairing", { deviceLabel: "Test host" });
    assert.match(begun.text, new RegExp(`Link: ${baseUrl}/pair\n  Code: [A-Z]{4}-[A-Z]{4}\n`));
    return begun.details.code;
  });
  await step("what waits is readable by its owner alone", async () => {
    const { folder, path } = await kept(claw);
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
  });
  await step("OpenClaw is started anew while the code waits", async () => {
    await claw.stop();
    await claw.start();
  });
  await step("it is paired in the background, by the same code, without being asked", async () => {
    await person.pair(first, "confirm");
    await until("the tokens", async () => (await kept(claw)).kept.tokens, 30);
    assert.equal((await kept(claw)).kept.pending, undefined);
  });
  await step("it knows for whom, and with which rule", async () => {
    const { text } = await claw.invoke("keyferry_pairing_status");
    assert.match(text, /as “Test host” for Demo in Demo’s team\.\nRule: confirm/);
    assert.match((await claw.invoke("keyferry_begin_pairing")).text, /no need to pair again/);
  });
}
