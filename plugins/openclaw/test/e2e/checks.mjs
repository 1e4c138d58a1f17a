/** What needs OpenClaw's package but not OpenClaw running: its types, the marketplace's check, what would be published. */

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { must, step } from "./say.mjs";

/** Our few host types have to fit the host's own. */
export function checkTypes(plugin, tools) {
  return step("the sources fit OpenClaw's own types", async () => {
    const project = join(tools.folder, "tsconfig.host.json");
    const compilerOptions = {
      paths: { "openclaw/plugin-sdk/*": [join(tools.host, "dist/plugin-sdk/*.d.ts")] },
      typeRoots: [join(plugin, "node_modules/@types")],
    };
    const config = { extends: join(plugin, "tsconfig.json"), compilerOptions, include: [join(plugin, "src")] };
    await writeFile(project, JSON.stringify(config));
    await must(join(plugin, "node_modules/.bin/tsc"), ["-p", project]);
  });
}

export async function checkPackage(plugin, tools) {
  await step("clawhub package validate has no finding", async () => {
    const report = join(tools.folder, "report");
    // Telemetry off, and a registry that is not there: the check needs neither.
    const env = { ...process.env, PATH: `${tools.bin}:${process.env.PATH}`, CLAWHUB_DISABLE_TELEMETRY: "1", CLAWHUB_REGISTRY: "http://127.0.0.1:9" };
    const { out } = await must(tools.clawhub, ["package", "validate", plugin, "--openclaw", tools.host, "--out", report], { env });
    assert.match(out, /Plugin Inspector: PASS/);
    assert.match(out, /Breakages: 0\s+Warnings: 0\s+Findings: none/);
  });
  await step("the package holds what it needs and nothing else", async () => {
    const { out } = await must("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], { cwd: plugin });
    const [{ files }] = JSON.parse(out);
    const outside = files.map((one) => one.path).filter((path) => !/^(dist|skills)\//.test(path));
    assert.deepEqual(outside.sort(), ["README.md", "openclaw.plugin.json", "package.json"]);
    const manifest = JSON.parse(await readFile(join(plugin, "package.json"), "utf8"));
    assert.equal(manifest.dependencies, undefined);
  });
}
