// The official conformance suite, against a gateway with the tools that the suite calls, as far as it can have them. The
// suite can't carry a token, so a line on loopback adds one, and says the gateway's name where the suite says the line's;
// any other `Host` and `Origin` pass as they came, since the suite tests those too. README.md says what does not pass.
import { spawn } from "node:child_process";
import { createServer, request } from "node:http";
import { TOOLS, startFixture } from "./fixture.mjs";

const PATIENCE = 300_000;

export async function part() {
  const fixture = await startFixture(process.env.KEYFERRY_BINARY, process.env.KEYFERRY_CHROMIUM);
  const line = await addToken(fixture.facts);
  try {
    await suite("@modelcontextprotocol/conformance", line.url, "conformance-2025.yml", []);
    await suite("conformance-next", line.url, "conformance-2026.yml", ["--requirements", "2026-07-28"]);
  } finally {
    line.close();
    await fixture.stop();
  }
}

async function addToken(facts) {
  const gateway = new URL(facts.baseUrl);
  const server = createServer((incoming, outgoing) => {
    const own = new RegExp(`(127\\.0\\.0\\.1|localhost):${server.address().port}$`);
    const headers = { ...incoming.headers, authorization: `Bearer ${facts.deviceToken}` };
    for (const name of ["host", "origin"]) headers[name] &&= headers[name].replace(own, gateway.host);
    const to = { host: gateway.hostname, port: gateway.port, path: incoming.url, method: incoming.method, headers };
    const passed = request(to, (answer) => {
      outgoing.writeHead(answer.statusCode, answer.headers);
      answer.pipe(outgoing);
    });
    passed.on("error", () => outgoing.destroy());
    incoming.pipe(passed);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const query = `tools=${TOOLS.join(",")}`;
  return { url: `http://127.0.0.1:${server.address().port}/mcp?${query}`, close: () => server.close() };
}

function suite(name, url, baseline, more) {
  const program = `node_modules/${name}/dist/index.js`;
  const arguments_ = [program, "server", "--url", url, "--expected-failures", baseline, ...more];
  return new Promise((resolve, reject) => {
    const running = spawn(process.execPath, arguments_, { stdio: ["ignore", "pipe", "pipe"], timeout: PATIENCE });
    let said = "";
    for (const stream of [running.stdout, running.stderr]) stream.on("data", (text) => (said += text));
    running.on("close", (code) => (code === 0 ? resolve() : reject(new Error(`${name} ended with ${code}:\n${said}`))));
  });
}
