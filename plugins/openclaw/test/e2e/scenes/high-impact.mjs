/** High impact: a person approves on the gateway, and the host asks besides. Neither stands for the other. */

import assert from "node:assert/strict";
import { step } from "../say.mjs";
import { sourceNamed } from "./writing.mjs";

export async function highImpact({ gateway, claw, person }) {
  const sourceId = await sourceNamed(claw, "Old shop");
  const call = { tool: "segment_delete_source", arguments: { sourceId } };
  const deletions = async () => (await gateway.arrived()).filter((one) => one.method === "DELETE").length;
  await deletions();
  let decision = "allow-once";
  const screen = await claw.screen(() => decision);

  const link = await step("the preview tells what else is affected, and gives the link", async () => {
    const { text } = await claw.invoke("keyferry_preview_tool", call);
    assert.match(text, /all of it: gone for good\n[\s\S]*name: "Old shop"/);
    return text.match(/A person has to approve this on the gateway:\n  (\S+\/approve\/cnf_[0-9a-f]+)\n/)[1];
  });
  await step("before a person has approved, the gateway refuses and the host does not ask", async () => {
    const { text } = await claw.invoke("keyferry_call_tool", call);
    assert.match(text, /^Not done \(approval_required\)/);
    assert.ok(text.includes(link));
    assert.match((await claw.invoke("keyferry_get_call")).text, /waits for a person/);
    assert.deepEqual(screen.questions, []);
  });
  await step("a person's no is told with its reason", async () => {
    await person.deny(link, "Not before Monday.");
    const { text } = await claw.invoke("keyferry_call_tool", call);
    assert.match(text, /^Not done \(approval_denied\)[\s\S]*Reason: Not before Monday\./);
  });
  await step("approved on the gateway, the host asks: its no stops the call", async () => {
    const { text } = await claw.invoke("keyferry_preview_tool", call);
    await person.approve(text.match(/\S+\/approve\/cnf_[0-9a-f]+/)[0]);
    decision = "deny";
    const { status, error } = await claw.invoke("keyferry_call_tool", call);
    assert.equal(status, 403, JSON.stringify(error));
    const [question] = screen.questions;
    assert.equal(question.title, "Delete source");
    assert.match(question.description, new RegExp(`Account: Demo workspace\\. With sourceId ${sourceId}\\.`));
    assert.deepEqual(question.allowedDecisions, ["allow-once", "deny"]);
    assert.equal(await deletions(), 0);
  });
  await step("where nobody can answer the host, the call is blocked as well", async () => {
    await screen.close();
    const { status, error } = await claw.invoke("keyferry_call_tool", call);
    assert.deepEqual([status, error.requiresApproval], [403, true]);
    assert.equal(await deletions(), 0);
  });
  await step("with both, it is done, once", async () => {
    const again = await claw.screen(() => "allow-once");
    assert.match((await claw.invoke("keyferry_call_tool", call)).text, /^Done: segment_delete_source/);
    assert.equal(again.questions.length, 1);
    assert.match((await claw.invoke("keyferry_call_tool", call)).text, /confirmation_used/);
    assert.equal(again.questions.length, 1);
    assert.equal(await deletions(), 1);
    await again.close();
  });
}
