/** OpenClaw in a home of its own: its command line, its gateway process, its tools, its chat. */

import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { must, run, until } from "./say.mjs";

export class OpenClaw {
  /** `model` is an OpenAI-compatible server that talks. */
  static async make(pack, home, model) {
    const made = new OpenClaw();
    const token = randomBytes(24).toString("hex");
    Object.assign(made, { pack, home, token, state: join(home, "state"), config: join(home, "openclaw.json"), port: await freePort() });
    made.env = {
      PATH: process.env.PATH,
      HOME: home,
      OPENCLAW_HOME: home,
      OPENCLAW_STATE_DIR: made.state,
      OPENCLAW_CONFIG_PATH: made.config,
      OPENCLAW_GATEWAY_TOKEN: token,
      OPENCLAW_NO_RESPAWN: "1",
      CI: "1",
      NO_COLOR: "1",
    };
    const gateway = { mode: "local", bind: "loopback", port: made.port, controlUi: { enabled: false } };
    gateway.auth = { mode: "token", token: "${OPENCLAW_GATEWAY_TOKEN}" };
    const config = {
      gateway,
      update: { checkOnStart: false },
      logging: { file: join(home, "openclaw.log") },
      plugins: { allow: ["keyferry"] },
      models: { providers: { mock: model.provider() } },
      agents: { defaults: { model: { primary: "mock/scripted" } } },
    };
    await mkdir(home, { recursive: true });
    await writeFile(made.config, JSON.stringify(config));
    return made;
  }

  cli(...args) {
    return must(process.execPath, [join(this.pack, "openclaw.mjs"), ...args], { env: this.env, cwd: this.home });
  }

  tryCli(...args) {
    return run(process.execPath, [join(this.pack, "openclaw.mjs"), ...args], { env: this.env, cwd: this.home });
  }

  set(path, value) {
    return this.cli("config", "set", path, JSON.stringify(value), "--strict-json");
  }

  async start() {
    const child = spawn(process.execPath, [join(this.pack, "openclaw.mjs"), "gateway", "run"], { env: this.env, cwd: this.home, stdio: ["ignore", "pipe", "pipe"] });
    this.said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (this.said += chunk));
    child.on("exit", () => (this.child = undefined));
    process.once("exit", () => child.kill("SIGKILL"));
    this.child = child;
    await until("OpenClaw", async () => {
      if (!this.child) throw new Error(`OpenClaw ended:\n${this.said}`);
      return fetch(`http://127.0.0.1:${this.port}/ready`).then((answer) => answer.ok, () => false);
    }, 300);
  }

  async stop() {
    if (!this.child) return;
    const gone = once(this.child, "exit");
    this.child.kill("SIGTERM");
    await gone;
  }

  /** A tool as the host runs it for a model, without one. `{status, text, details}` */
  async invoke(tool, args = {}) {
    const headers = { authorization: `Bearer ${this.token}`, "content-type": "application/json" };
    const answer = await fetch(`http://127.0.0.1:${this.port}/tools/invoke`, { method: "POST", headers, body: JSON.stringify({ tool, args }) });
    const body = await answer.json();
    const text = body.result?.content?.map((part) => part.text).join("\n") ?? body.error?.message ?? "";
    return { status: answer.status, text, details: body.result?.details, error: body.error };
  }

  /** A screen of the host, where a person answers its questions and types. `decide` answers each question. */
  async screen(decide) {
    const { GatewayClient } = await import(join(this.pack, "dist/plugin-sdk/gateway-runtime.js"));
    const [questions, replies] = [[], []];
    const ready = Promise.withResolvers();
    const client = new GatewayClient({
      url: `ws://127.0.0.1:${this.port}`,
      token: this.token,
      env: this.env,
      clientName: "gateway-client",
      mode: "backend",
      role: "operator",
      scopes: ["operator.read", "operator.write", "operator.approvals", "operator.admin"],
      caps: ["approvals", "plugin-approvals"],
      onHelloOk: () => ready.resolve(),
      onConnectError: ready.reject,
      onEvent: ({ event, payload }) => {
        if (event === "chat" && payload.state === "final") replies.push(payload);
        if (event !== "plugin.approval.requested") return;
        questions.push(payload.request);
        const answer = { id: payload.id, decision: decide(payload.request) };
        client.request("plugin.approval.resolve", answer).catch((error) => questions.push({ failed: error.message }));
      },
    });
    client.start();
    await ready.promise;
    /** What the host answers to a line in the chat. */
    const type = async (message, session = "main") => {
      const key = randomBytes(8).toString("hex");
      await client.request("chat.send", { sessionKey: `agent:main:${session}`, message, idempotencyKey: key });
      const reply = await until(`an answer to ${message}`, () => replies.find((one) => one.runId === key));
      return (reply.message?.content ?? []).map((part) => part.text ?? "").join("");
    };
    return { questions, type, close: () => client.stopAndWait() };
  }
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}
