// segment-analytics-python, plain and with gzip.
import assert from "node:assert/strict";
import { bodyOf, run } from "./world.mjs";

export async function part(world) {
  for (const gzip of ["", "yes"]) {
    const environment = { HOST: world.tracking, TOKEN: world.token, GZIP: gzip };
    const seen = await world.during(() => run(process.env.KEYFERRY_PYTHON, ["events.py"], environment));
    world.sameButTheKey(seen);
    assert.ok(seen.sent.every((request) => (request.headers["content-encoding"] === "gzip") === (gzip !== "")));
    assert.equal(seen.sent.flatMap((request) => bodyOf(request).batch).length, 7);
    await world.landed(7);
  }
}
