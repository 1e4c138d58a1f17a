// The official conformance suite. It can't carry a token, so a line on loopback adds one, and says the gateway's name
// where the suite says the line's; any other `Host` and `Origin` pass as they came, since the suite tests those too.
// What of it needs a server made for the suite stands in the baselines.
import { spawn } from "node:child_process";
import { createServer, request } from "node:http";

export async function part(facts) {
  const line = await addToken(facts);
  try {
    await suite("@modelcontextprotocol/conformance", line.url, "conformance-2025.yml", []);
    await suite("conformance-next", line.url, "conformance-2026.yml", ["--requirements", "2026-07-28"]);
  } finally {
    line.close();
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
  return { url: `http://127.0.0.1:${server.address().port}/mcp`, close: () => server.close() };
}

function suite(name, url, baseline, more) {
  const program = `node_modules/${name}/dist/index.js`;
  const arguments_ = [program, "server", "--url", url, "--expected-failures", baseline, ...more];
  return new Promise((resolve, reject) => {
    const running = spawn(process.execPath, arguments_, { stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    for (const stream of [running.stdout, running.stderr]) stream.on("data", (text) => (said += text));
    running.on("close", (code) => (code === 0 ? resolve() : reject(new Error(`${name} ended with ${code}:\n${said}`))));
  });
}
