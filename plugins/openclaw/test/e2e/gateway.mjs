/** A gateway with its sandbox: `keyferry demo`, in a folder of its own. */

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { once } from "node:events";
import { until } from "./say.mjs";

export class DemoGateway {
  static async start(binary, home) {
    const data = join(home, "gateway");
    const args = ["demo", "--data", data, "--listen", "127.0.0.1:0", "--sandbox-listen", "127.0.0.1:0"];
    const child = spawn(binary, args, { stdio: ["ignore", "pipe", "pipe"], env: { PATH: process.env.PATH, HOME: home } });
    process.once("exit", () => child.kill("SIGKILL"));
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (said += chunk));
    const gone = once(child, "exit").then(() => Promise.reject(new Error(`the gateway ended:\n${said}`)));
    const up = until("the gateway", () => existsSync(join(data, "demo.json")) && said.includes("Ctrl-C"));
    await Promise.race([up, gone]);
    gone.catch(() => undefined);
    return Object.assign(new DemoGateway(), { child, facts: JSON.parse(await readFile(join(data, "demo.json"), "utf8")) });
  }

  /** What the stand-in for Segment was sent since the last asking, without what the gateway reads for itself. */
  async arrived() {
    const url = `${this.facts.sandboxUrl}/__sandbox/requests?after=${this.seen ?? 0}`;
    const { requests } = await (await fetch(url)).json();
    this.seen = requests.at(-1)?.n ?? this.seen;
    return requests;
  }

  async stop() {
    const gone = once(this.child, "exit");
    this.child.kill("SIGTERM");
    await gone;
  }
}
