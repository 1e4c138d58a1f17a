// Every part against one demo, one after the other. A part fails by throwing.
import { startDemo } from "./demo.mjs";
import { openBrowser } from "./person.mjs";

const PARTS = ["typescript", "older", "python", "inspector", "conformance", "authorization"];

const chosen = process.argv[2] ? [process.argv[2]] : PARTS;
const demo = await startDemo(process.env.KEYFERRY_BINARY);
const person = await openBrowser(process.env.KEYFERRY_CHROMIUM, demo.facts);
let failed = 0;
try {
  for (const name of chosen) {
    const began = Date.now();
    try {
      const { part } = await import(`./${name}.mjs`);
      await part(demo.facts, person);
      console.log(`ok      ${name} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
    } catch (error) {
      failed += 1;
      console.log(`FAILED  ${name}\n${error.stack ?? error}`);
    }
  }
} finally {
  await person.close();
  await demo.stop();
}
process.exit(failed === 0 ? 0 : 1);
