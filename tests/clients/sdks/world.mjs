// What a part works with: where a library sends to, what the sandbox got of it, and what must be so of both.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { gunzipSync } from "node:zlib";

export class World {
  constructor(facts, recorder) {
    this.facts = facts;
    this.recorder = recorder;
    this.token = facts.deviceToken;
    this.tracking = `${recorder.base}/proxy/segment/tracking`;
    this.publicApi = `${recorder.base}/proxy/segment/public_api`;
  }

  // What goes through while `act` runs: as the library sent it, and as the sandbox got it.
  async during(act, api = "tracking") {
    const before = (await this.#arrived()).at(-1)?.n ?? 0;
    const first = this.recorder.seen.length;
    await act();
    const arrived = (await this.#arrived(before)).filter((request) => request.api === api);
    const sent = this.recorder.seen.slice(first);
    this.#keepsSecrets(sent, arrived);
    return { sent, arrived };
  }

  // Each request arrived once, with nothing lost or changed but the key. A library may send several at a time, so
  // that they are told apart by what they say.
  sameButTheKey({ sent, arrived }) {
    assert.ok(sent.length > 0, "the library sent nothing");
    for (const request of sent) {
      assert.equal(request.status, 200, request.answer);
      assert.deepEqual(JSON.parse(request.answer), { success: true });
    }
    const key = this.facts.credentials.tracking;
    const expected = sent.map((request) => inOrder([request.path, withKey(bodyOf(request), key)]));
    const got = arrived.map((request) => inOrder([`/proxy/segment/tracking${request.path}`, request.body]));
    assert.deepEqual(got.sort(), expected.sort());
    for (const request of arrived) assert.equal(request.headers.authorization, `Basic ${btoa(`${key}:`)}`);
  }

  // Every event landed in the connection's own source.
  async landed(count) {
    const { events } = await this.#control("/__sandbox/events?after=0");
    const latest = events.slice(-count);
    assert.equal(latest.length, count);
    const source = events.find((event) => event.source_id ?? event.sourceId);
    const id = (event) => event.source_id ?? event.sourceId;
    for (const event of latest) {
      assert.ok(id(event), `dropped: ${JSON.stringify(event)}`);
      assert.equal(id(event), id(source));
      assert.ok(!event.discarded, `dropped: ${event.discarded}`);
    }
  }

  // The token stays on this side of the gateway, the keys on the other.
  #keepsSecrets(sent, arrived) {
    assert.ok(!JSON.stringify(arrived).includes(this.token), "the token arrived at the upstream");
    const told = JSON.stringify(sent.map((request) => [request.headers, String(request.body), request.answer]));
    for (const [slot, key] of Object.entries(this.facts.credentials)) {
      assert.ok(slot === "space_id" || !told.includes(key), `the key of ${slot} was on the client's side`);
    }
  }

  async #arrived(after = 0) {
    return (await this.#control(`/__sandbox/requests?after=${after}`)).requests;
  }

  async #control(path) {
    return (await fetch(new URL(this.facts.sandboxUrl).origin + path)).json();
  }
}

export function bodyOf(request) {
  const plain = request.headers["content-encoding"] === "gzip" ? gunzipSync(request.body) : request.body;
  return JSON.parse(plain);
}

// JSON with the names of every object in order.
function inOrder(value) {
  return JSON.stringify(value, (_, inner) =>
    inner instanceof Object && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

// What must arrive: the connection's key wherever the library wrote one.
function withKey(body, key) {
  const levels = [body, ...(body.batch ?? [])];
  for (const level of levels) if ("writeKey" in level) level.writeKey = key;
  return body;
}

// Runs a program to its end, with nothing in its environment but what it is given.
export async function run(command, arguments_, environment) {
  const env = { PATH: process.env.PATH, ...environment };
  const program = spawn(command, arguments_, { env, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [program.stdout, program.stderr]) stream.on("data", (text) => (said += text));
  const code = await new Promise((resolve) => program.on("exit", resolve));
  assert.equal(code, 0, said);
  return said;
}
