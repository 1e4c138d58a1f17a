/**
 * A whole conversation as OpenClaw leads it by default: the model finds the plugin's tools by a search, shows a preview,
 * and calls when the person wants it. Then the same with high impact, and a host that asks.
 */

import assert from "node:assert/strict";
import { step } from "../say.mjs";
import { sourceNamed } from "./writing.mjs";

const use = (id, args) => ({ call: "tool_call", args: { id, args } });

/** What a tool of the plugin answered, out of the host's wrapping and its warning about what comes from outside. */
function answered(result) {
  const { result: inner } = JSON.parse(result.slice(result.indexOf("{"), result.lastIndexOf("}") + 1));
  return inner.content.map((part) => part.text).join("\n");
}

export async function conversation(world) {
  const screen = await world.claw.screen(() => "allow-once");
  const say = (message) => screen.type(message, "explicit:talk");
  await renaming({ ...world, say });
  await deleting({ ...world, say, screen });
  await screen.close();
}

/** The first line, from the terminal. The others are typed in the chat that this begins. */
async function begin(claw, message) {
  const { out } = await claw.cli("agent", "--agent", "main", "--session-id", "talk", "--message", message, "--json", "--timeout", "120");
  return JSON.parse(out.slice(out.indexOf("{"))).result.payloads.map((one) => one.text).join("\n");
}

async function renaming({ gateway, claw, model, say }) {
  const sourceId = await sourceNamed(claw, "Billing");
  const call = { tool: "segment_update_source", arguments: { sourceId, name: "Invoices" } };
  await gateway.arrived();

  await step("the model searches, describes, previews, and shows it", async () => {
    const deeds = [
      { call: "tool_search", args: { query: "segment call preview tool of a connected account" } },
      use("keyferry_search_tools", { query: "rename a source", integration: "segment" }),
      use("keyferry_describe_tool", { tool: "segment_update_source" }),
      use("keyferry_preview_tool", call),
    ];
    model.script = ({ results }) => deeds[results.length] ?? { say: `May I?\n\n${answered(results.at(-1))}` };
    const shown = await begin(claw, "Rename our Segment source Billing to Invoices.");
    assert.match(shown, /^May I\?[\s\S]*- name: "Billing" → "Invoices"/);
    const [, found] = model.requests.at(-1).messages.filter((one) => one.role === "tool");
    assert.match(found.content, /segment_update_source \(write\)/);
    const prompt = JSON.stringify(model.requests[0].messages[0]);
    for (const part of ["keyferry_call_tool (keyferry)", "<name>segment</name>"]) assert.ok(prompt.includes(part), `the prompt has ${part}`);
    assert.ok(!prompt.includes("clawlink_"), "tools that are not offered are not in the prompt");
  });
  await step("the person says yes, and it is done", async () => {
    const before = model.requests.at(-1).messages.filter((one) => one.role === "tool").length;
    model.script = ({ results }) => (results.length === before ? use("keyferry_call_tool", call) : { say: answered(results.at(-1)) });
    assert.match(await say("Yes, do it."), /^Done: segment_update_source/);
    const [preview, done] = model.requests.at(-1).messages.filter((one) => one.role === "tool").slice(-2);
    assert.ok(!preview.content.includes("UNTRUSTED") && done.content.includes("UNTRUSTED"), "what the account holds is marked");
    assert.deepEqual((await gateway.arrived()).filter((one) => one.method !== "GET").map((one) => one.method), ["PATCH"]);
  });
}

async function deleting({ gateway, claw, person, model, say, screen }) {
  const sourceId = await sourceNamed(claw, "Zendesk");
  const call = { tool: "segment_delete_source", arguments: { sourceId } };
  const count = () => model.requests.at(-1).messages.filter((one) => one.role === "tool").length;
  await gateway.arrived();

  const link = await step("asked to delete, the model gets a link for the person", async () => {
    const before = count();
    model.script = ({ results }) => (results.length === before ? use("keyferry_call_tool", call) : { say: answered(results.at(-1)) });
    return (await say("Delete the source Zendesk.")).match(/\S+\/approve\/cnf_[0-9a-f]+/)[0];
  });
  await step("the person approves on the gateway, the host asks, and it is deleted", async () => {
    await person.approve(link);
    const before = count();
    model.script = ({ results }) => (results.length === before ? use("keyferry_call_tool", call) : { say: answered(results.at(-1)) });
    assert.match(await say("I have approved it."), /^Done: segment_delete_source/);
    assert.equal(screen.questions.length, 1);
    assert.deepEqual((await gateway.arrived()).filter((one) => one.method === "DELETE").length, 1);
  });
}
