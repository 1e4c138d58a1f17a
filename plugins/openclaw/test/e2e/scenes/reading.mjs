/** Listing, searching, describing and reading; the key is added on the way and comes back nowhere. */

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { step } from "../say.mjs";
import { kept } from "./pairing.mjs";

export async function reading({ plugin, gateway, claw }) {
  await step("integrations, tools and one tool are told", async () => {
    assert.match((await claw.invoke("keyferry_list_integrations")).text, /- segment 1 “Demo workspace”, us, default \(keys: public_api verified/);
    assert.match((await claw.invoke("keyferry_list_tools", { integration: "segment" })).text, /- segment_delete_source \(high impact\): /);
    const found = await claw.invoke("keyferry_search_tools", { query: "rename a source", limit: 3 });
    assert.match(found.text, /^3 tools for “rename a source”:\n- segment_update_source \(write\)/);
    const { text } = await claw.invoke("keyferry_describe_tool", { tool: "segment_update_source" });
    for (const part of ["Ask the person before:", '"sourceId"', "First keyferry_preview_tool"]) assert.ok(text.includes(part), part);
  });
  await step("every tool that the skill names is there", async () => {
    const skill = await readFile(join(plugin, "skills/segment/SKILL.md"), "utf8");
    const { text } = await claw.invoke("keyferry_list_tools", { integration: "segment" });
    const missing = [...new Set(skill.match(/\bsegment_[a-z_]+/g))].filter((name) => !text.includes(`- ${name} (`));
    assert.deepEqual(missing, []);
  });
  await step("a read is done, with the gateway's key and never the device's token", async () => {
    await gateway.arrived();
    const { text } = await claw.invoke("keyferry_call_tool", { tool: "segment_list_sources", select: "/data/sources/*/name" });
    assert.match(text, /^Done: segment_list_sources on connection 1 \(call_[0-9a-f]+\)\.\n\n\[[\s\S]*"Website"/);
    const [request, ...others] = await gateway.arrived();
    assert.deepEqual(others, []);
    assert.equal(request.headers.authorization, `Bearer ${gateway.facts.credentials.public_api}`);
    assert.ok(!JSON.stringify(request).includes((await kept(claw)).kept.tokens.access));
  });
  await step("secrets in an answer are handles", async () => {
    const { text } = await claw.invoke("keyferry_call_tool", { tool: "segment_list_sources", select: "/data/sources/*/writeKeys" });
    assert.match(text, /kfs_[0-9a-f]+/);
    assert.ok(!text.includes(gateway.facts.credentials.tracking));
  });
  await step("what is wrong with arguments is told with its mend, and nothing is sent", async () => {
    await gateway.arrived();
    const { text } = await claw.invoke("keyferry_call_tool", { tool: "segment_get_source", arguments: { sourceId: "YOUR_SOURCE_ID" } });
    assert.match(text, /^Not done \(placeholder_argument\)/);
    const other = await claw.invoke("keyferry_describe_tool", { tool: "segment_delet_source" });
    assert.match(other.text, /^Not done \(tool_not_found\)[\s\S]*segment_delete_source/);
    assert.deepEqual(await gateway.arrived(), []);
  });
  await step("an access token that has ended is renewed by itself, and its successor kept", async () => {
    const before = await kept(claw);
    before.kept.tokens.accessUntil = 0;
    await writeFile(before.path, JSON.stringify(before.kept));
    await Promise.all([1, 2, 3].map(() => claw.invoke("keyferry_list_integrations").then(({ details }) => assert.equal(details.ok, true))));
    const { tokens } = (await kept(claw)).kept;
    assert.notEqual(tokens.refresh, before.kept.tokens.refresh);
    assert.ok(tokens.accessUntil > Date.now());
  });
}
