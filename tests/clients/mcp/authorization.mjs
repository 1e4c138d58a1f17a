// The official conformance suite for authorization servers: it prints where a person is to go, and checks what comes back.
import { spawn } from "node:child_process";
import { createServer } from "node:net";

export async function part(facts, person) {
  const client = await register(facts);
  const port = await freePort();
  const program = "node_modules/conformance-next/dist/index.js";
  const target = ["authorization", "--url", facts.baseUrl, "--resource", `${facts.baseUrl}/mcp`];
  const suite = spawn(process.execPath, [program, ...target, "--client-id", client, "--port", String(port)]);
  let said = "";
  let led = false;
  const hear = (text) => {
    said += text;
    const address = said.match(/^http:\S+\/oauth\/authorize\?\S+$/m);
    if (!address || led) return;
    led = true;
    person.decide(address[0]).catch((error) => {
      said += error.stack;
      suite.kill();
    });
  };
  for (const stream of [suite.stdout, suite.stderr]) stream.on("data", hear);
  const code = await new Promise((resolve) => suite.on("close", resolve));
  if (code !== 0 || !led) throw new Error(`the suite ended with ${code}:\n${said}`);
}

async function register(facts) {
  const body = JSON.stringify({ client_name: "keyferry-tests", redirect_uris: ["http://127.0.0.1/callback"] });
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`${facts.baseUrl}/oauth/register`, { method: "POST", headers, body });
  return (await answer.json()).client_id;
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
