// What every client has to be able to do, by the two calls that all of them have.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";

const TEN = [
  "whoami", "list_integrations", "search_tools", "list_tools", "describe_tool",
  "preview_tool", "call_tool", "get_call", "connect", "list_approvals",
];

export async function walk({ listTools, callTool }) {
  const names = (await listTools()).map((tool) => tool.name);
  assert.deepEqual(names.slice(0, TEN.length), TEN);
  const found = await callTool("search_tools", { query: "list the sources of the workspace" });
  assert.ok(found.structuredContent.tools.some((tool) => tool.name === "segment_list_sources"));
  const read = await callTool("call_tool", { name: "segment_list_sources", arguments: {} });
  assert.equal(read.structuredContent.ok, true);
  // Nobody walked with it before: a confirmation is used once.
  const event = { name: "segment_track", arguments: { event: "Order Completed", userId: randomUUID() } };
  const unasked = await callTool("call_tool", event);
  assert.equal(unasked.isError, true);
  assert.equal(unasked.structuredContent.error.code, "confirmation_required");
  const preview = await callTool("preview_tool", event);
  assert.equal(preview.structuredContent.data.willExecute, false);
  assert.equal((await callTool("call_tool", event)).structuredContent.ok, true);
  const wrong = await callTool("call_tool", { name: "segment_lst_sources", arguments: {} });
  assert.equal(wrong.structuredContent.error.code, "tool_not_found");
}
