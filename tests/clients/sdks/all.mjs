// Every part against one demo, one after the other. A part fails by throwing.
import { startDemo } from "./demo.mjs";
import { letChangesPass } from "./person.mjs";
import { startRecorder } from "./recorder.mjs";
import { World } from "./world.mjs";

const PARTS = ["node", "python", "public_api", "rust", "others"];

const chosen = process.argv[2] ? [process.argv[2]] : PARTS;
const demo = await startDemo(process.env.KEYFERRY_BINARY);
const recorder = await startRecorder(demo.facts.baseUrl);
let failed = 0;
try {
  await letChangesPass(demo.facts, ["tracking", "public_api"]);
  const world = new World(demo.facts, recorder);
  for (const name of chosen) {
    const began = Date.now();
    try {
      const { part } = await import(`./${name}.mjs`);
      await part(world);
      console.log(`ok      ${name} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
    } catch (error) {
      failed += 1;
      console.log(`FAILED  ${name}\n${error.stack ?? error}`);
    }
  }
} finally {
  recorder.close();
  await demo.stop();
}
process.exit(failed === 0 ? 0 : 1);
