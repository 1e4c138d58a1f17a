// A gateway of its own for the conformance suite, with the tools that the suite calls, and the server behind them.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { openBrowser } from "./person.mjs";

// Progress comes every two seconds; the suite wants three of them, and waits for ten seconds.
const SLOW = 7_000;
const PATIENCE = 60_000;
export const TOOLS = [
  "test_simple_text",
  "test_error_handling",
  "test_tool_with_progress",
  "test_input_required_result_elicitation",
  "test_logging_tool",
  "test_streaming_elicitation",
];

export async function startFixture(binary, chromium) {
  const upstream = await startUpstream();
  const folder = mkdtempSync(join(tmpdir(), "keyferry-conformance-"));
  const data = join(folder, "data");
  const made = ["demo", "--once", "--listen", "127.0.0.1:0", "--sandbox-listen", "127.0.0.1:0", "--data", data];
  execFileSync(binary, made, { cwd: folder, stdio: "ignore" });
  const { email, password, deviceToken } = JSON.parse(readFileSync(join(data, "demo.json"), "utf8"));
  const gateway = await serve(binary, folder, upstream.address().port);
  const facts = { baseUrl: gateway.baseUrl, email, password, deviceToken };
  const browser = await openBrowser(chromium, facts);
  await browser.connect("test", { Key: "any-key-of-the-fixture" });
  await browser.close();
  const stop = async () => {
    await gateway.stop();
    upstream.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { facts, stop };
}

async function startUpstream() {
  const server = createServer(async (request, response) => {
    if (request.url === "/slow") await new Promise((resolve) => setTimeout(resolve, SLOW));
    response.writeHead(request.url === "/error" ? 422 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify({ text: "This is a simple text response for testing." }));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

async function serve(binary, folder, upstream) {
  const port = await freePort();
  const variables = {
    KEYFERRY_DATA: join(folder, "data"),
    KEYFERRY_LISTEN: `127.0.0.1:${port}`,
    KEYFERRY_METRICS_LISTEN: "127.0.0.1:0",
    KEYFERRY_LOG: "error",
    KEYFERRY_INTEGRATIONS_DIR: resolve("fixture"),
    KEYFERRY_INTEGRATIONS__TEST__SERVERS__ALL__FIXTURE: `http://127.0.0.1:${upstream}`,
    KEYFERRY_EGRESS__ALLOW: `[{integration="test",host="127.0.0.1:${upstream}",network="127.0.0.0/8"}]`,
  };
  const environment = { PATH: process.env.PATH, HOME: process.env.HOME, ...variables };
  const program = spawn(binary, ["serve"], { cwd: folder, env: environment, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [program.stdout, program.stderr]) stream.on("data", (text) => (said += text));
  const exited = once(program, "exit");
  const baseUrl = `http://127.0.0.1:${port}`;
  const end = Date.now() + PATIENCE;
  while (!(await fetch(`${baseUrl}/readyz`).then((answer) => answer.ok, () => false))) {
    if (program.exitCode !== null || Date.now() > end) throw new Error(`the gateway did not come up:\n${said}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const stop = async () => {
    program.kill("SIGTERM");
    await exited;
  };
  return { baseUrl, stop };
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
