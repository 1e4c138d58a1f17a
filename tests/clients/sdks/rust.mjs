// The Rust crate `segment`: each call by itself, and a batch.
import { run } from "./world.mjs";

export async function part(world) {
  const environment = { HOST: world.tracking, WRITE_KEY: world.token };
  const seen = await world.during(() => run(process.env.KEYFERRY_RUST_CLIENT, [], environment));
  world.sameButTheKey(seen);
  await world.landed(8);
}
