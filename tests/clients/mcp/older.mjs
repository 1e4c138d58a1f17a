// The TypeScript SDK that most programs have today, which shakes hands first.
import assert from "node:assert/strict";
import { UnauthorizedError } from "@modelcontextprotocol/sdk/client/auth.js";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { waitForCode } from "./callback.mjs";
import { memory } from "./memory.mjs";
import { walk } from "./walk.mjs";

const newClient = () => new Client({ name: "keyferry-tests", version: "1.0.0" });

export async function part(facts, person) {
  const headers = { authorization: `Bearer ${facts.deviceToken}` };
  await walked(new StreamableHTTPClientTransport(new URL(`${facts.baseUrl}/mcp`), { requestInit: { headers } }));
  await clawlink(facts);
  await byOAuth(facts, person);
}

async function walked(transport) {
  const client = newClient();
  await client.connect(transport);
  await walk({
    listTools: async () => (await client.listTools()).tools,
    callTool: (name, arguments_) => client.callTool({ name, arguments: arguments_ }),
  });
  await client.close();
}

async function byOAuth(facts, person) {
  const callback = await waitForCode();
  const provider = memory(callback.address);
  const url = new URL(`${facts.baseUrl}/mcp`);
  const asking = new StreamableHTTPClientTransport(url, { authProvider: provider });
  await assert.rejects(newClient().connect(asking), UnauthorizedError);
  await person.decide(provider.asked.href);
  const answer = await callback.delivered;
  callback.close();
  assert.equal(answer.get("iss"), facts.baseUrl);
  await asking.finishAuth(answer.get("code"));
  await walked(new StreamableHTTPClientTransport(url, { authProvider: provider }));
}

async function clawlink(facts) {
  const headers = { "x-clawlink-api-key": facts.deviceToken };
  const client = newClient();
  const url = new URL(`${facts.baseUrl}/api/mcp`);
  await client.connect(new StreamableHTTPClientTransport(url, { requestInit: { headers } }));
  assert.equal((await client.listTools()).tools.length, 11);
  const execution = { integration_id: "segment", action_id: "segment_list_sources", input: {} };
  const done = await client.callTool({ name: "clawlink.execute", arguments: execution });
  assert.equal(done.structuredContent.status, "succeeded");
  await client.close();
}
