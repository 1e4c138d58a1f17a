/** The end of a device: revoked by a person, or logged out by the command. */

import assert from "node:assert/strict";
import { step, until } from "../say.mjs";
import { kept } from "./pairing.mjs";

const whoami = (gateway, token) =>
  fetch(`${gateway.facts.baseUrl}/api/agent/whoami`, { headers: { authorization: `Bearer ${token}` } }).then((answer) => answer.status);

export async function ending({ gateway, claw, person }) {
  await step("a revoked device is told so, and its tokens are forgotten", async () => {
    await person.revoke("Test host");
    await gateway.arrived();
    const { text } = await claw.invoke("keyferry_call_tool", { tool: "segment_list_sources" });
    assert.match(text, /^Not done \(not_paired\)[\s\S]*revoked[\s\S]*keyferry_begin_pairing/);
    assert.match((await claw.invoke("keyferry_pairing_status")).text, /^Not paired: the gateway has ended this device/);
    assert.equal((await kept(claw)).kept.tokens, undefined);
    assert.deepEqual(await gateway.arrived(), []);
  });
  await step("/keyferry pair pairs again, /keyferry logout ends it on the gateway too", async () => {
    const screen = await claw.screen(() => "deny");
    const code = (await screen.type("/keyferry pair Second host")).match(/Code: (\S+)/)[1];
    await person.pair(code, "read-only");
    const { access } = await until("the tokens", async () => (await kept(claw)).kept.tokens, 30);
    assert.match((await claw.invoke("keyferry_pairing_status")).text, /“Second host”[\s\S]*read-only/);
    const write = { tool: "segment_update_source", arguments: { sourceId: "abc", name: "x" } };
    assert.match((await claw.invoke("keyferry_preview_tool", write)).text, /policy_denied/);
    assert.equal(await whoami(gateway, access), 200);
    assert.match(await screen.type("/keyferry logout"), /^Logged out/);
    assert.equal(await whoami(gateway, access), 401);
    assert.match((await claw.invoke("keyferry_pairing_status")).text, /it was logged out here/);
    await screen.close();
  });
}
