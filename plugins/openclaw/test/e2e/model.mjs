/**
 * A model that follows a script: an OpenAI-compatible server on loopback. A script is a function from what was said so far
 * to what the model does next, `{call, args}` or `{say}`.
 */

import { once } from "node:events";
import { createServer } from "node:http";

export class ScriptedModel {
  /** Every request that arrived, newest last. */
  requests = [];
  script = () => ({ say: "I have no script." });
  #server = createServer((request, response) => void this.#answer(request, response));

  async start() {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    this.url = `http://127.0.0.1:${this.#server.address().port}/v1`;
    return this;
  }

  /** What the host's configuration says of it. */
  provider() {
    const cost = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };
    const model = { id: "scripted", name: "Scripted", reasoning: false, input: ["text"], cost, contextWindow: 128_000, maxTokens: 4_096 };
    return { baseUrl: this.url, apiKey: "none", api: "openai-completions", models: [model] };
  }

  stop() {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** A script that fails says so in the conversation. */
  #next(soFar) {
    try {
      return this.script(soFar);
    } catch (error) {
      return { say: `The script failed: ${error.message}` };
    }
  }

  async #answer(request, response) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const asked = JSON.parse(Buffer.concat(chunks).toString() || "{}");
    this.requests.push(asked);
    const deed = this.#next(told(asked.messages ?? []));
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const choice of choices(deed, this.requests.length)) {
      response.write(`data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", model: asked.model, choices: [choice] })}\n\n`);
    }
    response.end("data: [DONE]\n\n");
  }
}

/** What was said so far, by whom. */
function told(messages) {
  const texts = messages.map((one) => ({ role: one.role, text: textOf(one.content) }));
  return {
    results: texts.filter((one) => one.role === "tool").map((one) => one.text),
    said: texts.filter((one) => one.role === "user").map((one) => one.text),
    system: texts.filter((one) => one.role === "system" || one.role === "developer").map((one) => one.text).join("\n"),
  };
}

function textOf(content) {
  if (typeof content === "string") return content;
  return (content ?? []).map((part) => part.text ?? "").join("");
}

function choices(deed, turn) {
  const usage = { index: 0, delta: {}, finish_reason: deed.call ? "tool_calls" : "stop" };
  if (!deed.call) return [{ index: 0, delta: { role: "assistant", content: deed.say } }, usage];
  const call = { index: 0, id: `call_${turn}`, type: "function", function: { name: deed.call, arguments: JSON.stringify(deed.args) } };
  return [{ index: 0, delta: { role: "assistant", content: null, tool_calls: [call] } }, usage];
}
