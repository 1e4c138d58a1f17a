/** A write: refused without a preview, previewed, done once. */

import assert from "node:assert/strict";
import { step } from "../say.mjs";

/** The id of the sandbox's source of this name. */
export async function sourceNamed(claw, name) {
  const { text } = await claw.invoke("keyferry_call_tool", { tool: "segment_list_sources", select: "/data/sources" });
  const sources = JSON.parse(text.slice(text.indexOf("["), text.lastIndexOf("]") + 1));
  const source = sources.find((one) => one.name === name);
  assert.ok(source, `a source ${name}`);
  return source.id;
}

export async function writing({ gateway, claw }) {
  const sourceId = await sourceNamed(claw, "Docs site");
  const call = { tool: "segment_update_source", arguments: { sourceId, name: "Handbook" } };
  const writes = async () => (await gateway.arrived()).filter((one) => one.method !== "GET");
  await writes();

  await step("a write without a preview is refused, with its mend", async () => {
    const { text, details } = await claw.invoke("keyferry_call_tool", call);
    assert.match(text, /^Not done \(confirmation_required\)[\s\S]*What to do: Preview it/);
    assert.equal(details.error.code, "confirmation_required");
  });
  await step("its preview shows what changes and what would be sent", async () => {
    const { text } = await claw.invoke("keyferry_preview_tool", call);
    assert.match(text, /Nothing was sent\.\n\nIt would change:\n- name: "Docs site" → "Handbook"\n/);
    assert.match(text, /It would send:\n  PATCH \S+\/sources\/\w+\n  \{"name":"Handbook"\}/);
    assert.deepEqual(await writes(), []);
  });
  await step("previewed, it is done; other arguments are not, and a second time it is not", async () => {
    const other = { ...call, arguments: { ...call.arguments, name: "Manual" } };
    assert.match((await claw.invoke("keyferry_call_tool", other)).text, /confirmation_required/);
    assert.match((await claw.invoke("keyferry_call_tool", call)).text, /^Done: segment_update_source/);
    assert.match((await claw.invoke("keyferry_call_tool", call)).text, /confirmation_used/);
    assert.deepEqual((await writes()).map((one) => [one.method, one.body.name ?? JSON.parse(one.body).name]), [["PATCH", "Handbook"]]);
  });
  await step("the journal tells it", async () => {
    const latest = await claw.invoke("keyferry_get_call");
    const id = latest.text.match(/(call_[0-9a-f]+): segment_update_source, succeeded/)?.[1];
    assert.ok(id, latest.text);
    assert.match((await claw.invoke("keyferry_get_call", { callId: id })).text, /segment_update_source \(write\) was done\.[\s\S]*"name":"Handbook"/);
  });
}
