// Libraries that are pointed at another account: its write key stands where they put theirs, the gateway's token in a
// header. What they send lands in the connection's source all the same.
import { everyCall } from "./node.mjs";
import { run } from "./world.mjs";

const ANOTHERS = "anothersWriteKey0123456789abcdef";

export async function part(world) {
  const node = await world.during(() => everyCall({ ...world, recorder: world.recorder, token: ANOTHERS }, {
    httpClient: async (url, init) => fetch(url, { ...init, headers: { ...init.headers, "X-Keyferry-Key": world.token } }),
  }));
  world.sameButTheKey(node);
  await world.landed(8);

  const environment = { HOST: world.tracking, WRITE_KEY: ANOTHERS, TOKEN: world.token };
  const rust = await world.during(() => run(process.env.KEYFERRY_RUST_CLIENT, [], environment));
  world.sameButTheKey(rust);
  await world.landed(8);
}
