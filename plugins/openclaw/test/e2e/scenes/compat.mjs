/** ClawLink's ten tools, when they are wanted, over the same pairing; and the command that a person types. */

import assert from "node:assert/strict";
import { step, until } from "../say.mjs";
import { sourceNamed } from "./writing.mjs";

export async function compat({ gateway, claw }) {
  await step("ClawLink's names come with `compatNames`, without a restart and still paired", async () => {
    await claw.set("plugins.entries.keyferry.config", { baseUrl: gateway.facts.baseUrl, compatNames: true });
    const status = () => claw.invoke("clawlink_get_pairing_status").then((answer) => answer.status === 200 && answer.text, () => false);
    assert.match(await until("clawlink_get_pairing_status", status), /^Paired with/);
  });
  await step("they take ClawLink's parameters; `confirmed` alone confirms nothing", async () => {
    assert.match((await claw.invoke("clawlink_list_integrations")).text, /segment 1/);
    assert.match((await claw.invoke("clawlink_list_tools", { integration: "segment" })).text, /segment_track/);
    assert.match((await claw.invoke("clawlink_search_tools", { query: "destinations", limit: 2 })).text, /^2 tools/);
    assert.match((await claw.invoke("clawlink_describe_tool", { tool: "segment_track" })).text, /clawlink_preview_tool/);
    assert.match((await claw.invoke("clawlink_start_connection", { integration: "segment" })).text, /connected already/);
    const link = await claw.invoke("clawlink_start_connection", { integration: "segment", forceNew: true });
    const { sessionToken } = link.details;
    assert.match((await claw.invoke("clawlink_get_connection_status", { sessionToken })).text, /has not finished/);
    assert.match((await claw.invoke("clawlink_begin_pairing")).text, /no need to pair again/);

    const sourceId = await sourceNamed(claw, "Importer");
    const call = { tool: "segment_update_source", arguments: { sourceId, name: "Import" } };
    assert.match((await claw.invoke("clawlink_call_tool", { ...call, confirmed: true })).text, /confirmation_required/);
    assert.match((await claw.invoke("clawlink_preview_tool", call)).text, /"Importer" → "Import"/);
    assert.match((await claw.invoke("clawlink_call_tool", { ...call, confirmed: true })).text, /^Done/);
  });
  await step("/keyferry tells how things stand", async () => {
    const screen = await claw.screen(() => "deny");
    const text = await screen.type("/keyferry");
    for (const part of ["Paired with", "segment 1 “Demo workspace”", "Latest calls:"]) assert.ok(text.includes(part), text);
    assert.match(await screen.type("/keyferry help"), /\/keyferry logout/);
    await screen.close();
  });
}
