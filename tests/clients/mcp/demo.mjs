// A gateway with an account, a connected stand-in for Segment, and a device.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PATIENCE = 60_000;

export async function startDemo(binary) {
  const folder = mkdtempSync(join(tmpdir(), "keyferry-mcp-"));
  const data = join(folder, "data");
  const arguments_ = ["demo", "--listen", "127.0.0.1:0", "--sandbox-listen", "127.0.0.1:0", "--data", data];
  const program = spawn(binary, arguments_, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [program.stdout, program.stderr]) stream.on("data", (text) => (said += text));
  const exited = once(program, "exit");
  const file = join(data, "demo.json");
  // The tour's last lines name the file.
  await until(() => said.includes("demo.json") && existsSync(file), program, () => said);
  const facts = JSON.parse(readFileSync(file, "utf8"));
  const stop = async () => {
    program.kill("SIGTERM");
    await exited;
    rmSync(folder, { recursive: true, force: true });
  };
  return { facts, stop };
}

async function until(isSo, program, said) {
  const end = Date.now() + PATIENCE;
  while (!isSo()) {
    if (program.exitCode !== null || Date.now() > end) throw new Error(`the demo did not come up:\n${said()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
