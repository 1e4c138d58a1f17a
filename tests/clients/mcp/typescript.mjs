// The TypeScript SDK of 2026-07-28: with a device token, and by OAuth in a browser.
import assert from "node:assert/strict";
import { Client, StreamableHTTPClientTransport, UnauthorizedError } from "@modelcontextprotocol/client";
import { waitForCode } from "./callback.mjs";
import { memory } from "./memory.mjs";
import { walk } from "./walk.mjs";

const NEWEST = "2026-07-28";

export async function part(facts, person) {
  await withDeviceToken(facts);
  await shownToThePerson(facts);
  await underTheirOwnNames(facts);
  await signsOfLife(facts);
  await byOAuth(facts, person);
  await refused(facts, person);
}

function newClient(capabilities = {}) {
  const versionNegotiation = { mode: { pin: NEWEST } };
  return new Client({ name: "keyferry-tests", version: "1.0.0" }, { capabilities, versionNegotiation });
}

function withToken(facts, query = "") {
  const headers = { authorization: `Bearer ${facts.deviceToken}` };
  return new StreamableHTTPClientTransport(new URL(`${facts.baseUrl}/mcp${query}`), { requestInit: { headers } });
}

function calls(client) {
  return {
    listTools: async () => (await client.listTools()).tools,
    callTool: (name, arguments_) => client.callTool({ name, arguments: arguments_ }),
  };
}

async function withDeviceToken(facts) {
  const client = newClient();
  await client.connect(withToken(facts));
  await walk(calls(client));
  await client.close();
}

// The preview comes as a question; the yes sends what was shown.
async function shownToThePerson(facts) {
  const client = newClient({ elicitation: { form: {} } });
  let shown = "";
  client.setRequestHandler("elicitation/create", async (request) => {
    shown = request.params.message;
    return { action: "accept", content: {} };
  });
  await client.connect(withToken(facts));
  const event = { name: "segment_track", arguments: { event: "Shown", userId: "u-2" } };
  const done = await client.callTool({ name: "call_tool", arguments: event });
  assert.equal(done.structuredContent.ok, true);
  assert.match(shown, /segment_track/);
  await client.close();
}

async function underTheirOwnNames(facts) {
  const client = newClient();
  await client.connect(withToken(facts, "?tools=segment_list_sources"));
  const names = (await client.listTools()).tools.map((tool) => tool.name);
  assert.ok(names.includes("segment_list_sources"));
  const done = await client.callTool({ name: "segment_list_sources", arguments: { limit: 1 } });
  assert.equal(done.structuredContent.ok, true);
  await client.close();
}

// The stand-in for Segment takes its time; the call says that it goes on.
async function signsOfLife(facts) {
  const slow = { match: { api: "public_api" }, times: 1, kind: "delay", ms: 5_000 };
  const set = await fetch(`${facts.sandboxUrl}/__sandbox/faults`, { method: "POST", body: JSON.stringify(slow) });
  assert.ok(set.ok);
  const client = newClient();
  await client.connect(withToken(facts));
  const told = [];
  const read = { name: "call_tool", arguments: { name: "segment_list_sources", arguments: {} } };
  const done = await client.callTool(read, { onprogress: (progress) => told.push(progress.progress) });
  assert.equal(done.structuredContent.ok, true);
  assert.deepEqual(told, [2, 4]);
  await client.close();
}

async function byOAuth(facts, person) {
  const callback = await waitForCode();
  const provider = memory(callback.address);
  const url = new URL(`${facts.baseUrl}/mcp`);
  const asking = new StreamableHTTPClientTransport(url, { authProvider: provider });
  await assert.rejects(newClient().connect(asking), UnauthorizedError);
  const said = await person.decide(provider.asked.href);
  assert.match(said, /keyferry-tests/);
  assert.match(said, /a program on this computer/);
  await asking.finishAuth(await callback.delivered);
  callback.close();
  const client = newClient();
  await client.connect(new StreamableHTTPClientTransport(url, { authProvider: provider }));
  await walk(calls(client));
  const { structuredContent } = await client.callTool({ name: "whoami", arguments: {} });
  assert.equal(structuredContent.device.rule, "confirm");
  await client.close();
  await refreshed(provider, url);
}

// An access token that is not taken any more is replaced without anybody being asked.
async function refreshed(provider, url) {
  provider.spoilAccessToken();
  const client = newClient();
  await client.connect(new StreamableHTTPClientTransport(url, { authProvider: provider }));
  assert.equal((await client.callTool({ name: "whoami", arguments: {} })).isError ?? false, false);
  await client.close();
}

async function refused(facts, person) {
  const callback = await waitForCode();
  const provider = memory(callback.address);
  const asking = new StreamableHTTPClientTransport(new URL(`${facts.baseUrl}/mcp`), { authProvider: provider });
  await assert.rejects(newClient().connect(asking), UnauthorizedError);
  await person.decide(provider.asked.href, { decision: "Deny" });
  assert.equal((await callback.delivered).get("error"), "access_denied");
  callback.close();
}
