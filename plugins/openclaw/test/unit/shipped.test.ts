/** What is shipped fits together, and holds nothing that a marketplace's scan looks for. */

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readSettings } from "../../src/settings.js";
import { COMPAT_TOOLS } from "../../src/tools/compat.js";
import { OWN_TOOLS } from "../../src/tools/own.js";

const root = join(import.meta.dirname, "../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const json = (path: string): any => JSON.parse(read(path));

const manifest = json("openclaw.plugin.json");
const skill = read("skills/segment/SKILL.md");

/** Everything in the package, sources in place of what is built of them. */
const files = ["openclaw.plugin.json", "package.json", "README.md", ...under("src"), ...under("skills")];

function under(folder: string): string[] {
  const entries = readdirSync(join(root, folder), { recursive: true, withFileTypes: true });
  return entries.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name).slice(root.length + 1));
}

describe("the manifest", () => {
  it("names every tool, and no other", () => {
    const names = [...OWN_TOOLS, ...COMPAT_TOOLS].map((tool) => tool.name);
    expect(manifest.contracts.tools).toEqual(names);
    expect(names).toHaveLength(20);
  });

  it("says of every tool whether it may be repeated, and of every call that it may change something", () => {
    const { toolMetadata, contracts } = manifest;
    expect(Object.keys(toolMetadata)).toEqual(contracts.tools);
    const changing = contracts.tools.filter((name: string) => toolMetadata[name].sideEffecting);
    expect(changing.map((name: string) => name.replace(/^(keyferry|clawlink)_/, ""))).toEqual([
      ...["begin_pairing", "connect", "call_tool"],
      ...["begin_pairing", "start_connection", "call_tool"],
    ]);
    for (const one of Object.values<any>(toolMetadata)) expect(one.replaySafe === true).not.toBe(one.sideEffecting === true);
  });

  it("has the package's version, and so have the skill and the program's name on the wire", () => {
    const { version } = json("package.json");
    expect(manifest.version).toBe(version);
    expect(skill).toContain(`\nversion: ${version}\n`);
    expect(read("src/wire.ts")).toContain(`keyferry-openclaw/${version}`);
  });

  it("requires no configuration, and its defaults are those of the code", () => {
    const { properties, required } = manifest.configSchema;
    const defaults = Object.entries(properties).map(([name, one]: [string, any]) => [name, one.default]);
    expect(required).toBeUndefined();
    expect(Object.fromEntries(defaults)).toEqual(readSettings({}));
    expect(Object.keys(manifest.uiHints)).toEqual(Object.keys(properties));
  });
});

describe("the tools", () => {
  it.each([...OWN_TOOLS, ...COMPAT_TOOLS])("$name describes itself and all its parameters", (tool) => {
    expect(tool.description.length).toBeGreaterThan(40);
    const { properties, required } = tool.parameters;
    for (const one of Object.values(properties)) expect(one.description).not.toBe("");
    for (const name of required ?? []) expect(properties).toHaveProperty(name);
  });
});

describe("the skill", () => {
  it("is called as its folder, and names only tools that there are", () => {
    expect(skill).toMatch(/^---\nname: segment\n/);
    const named = new Set(skill.match(/keyferry_[a-z_]+/g));
    const own = new Set(OWN_TOOLS.map((tool) => tool.name));
    expect([...named].filter((name) => !own.has(name))).toEqual([]);
  });

  it("names only refusals that the API has", () => {
    const api = read("../../docs/API.md");
    const refused = skill.slice(skill.indexOf("## When something is refused"));
    const codes = [...refused.matchAll(/^\| (`[^|]+`) \|/gm)].flatMap((row) => row[1]!.match(/[a-z_]+/g)!);
    expect(codes.length).toBeGreaterThan(10);
    expect(codes.filter((code) => !api.includes(`| \`${code}\``) && !api.includes(`, \`${code}\``))).toEqual([]);
  });

  it("declares nothing that it does not use: no environment, no program, no credential", () => {
    const front = skill.split("---")[1];
    expect(front).not.toMatch(/\b(env|envVars|bins|anyBins|primaryEnv|install|always)\b/);
  });
});

/** What scans take for an attack, where it would stand in our files. */
const SUSPICIOUS: Record<string, RegExp> = {
  "a raw address in data": /"https?:\/\/\d+\.\d+\.\d+\.\d+[^"]*"/,
  "the environment": /process\.env/,
  "another program": /child_process|\bexec(Sync|File)?\(|\bspawn(Sync)?\(/,
  "a file beside the network": /readFile(Sync)?\(/,
  "code from text": /\beval\(|new Function\(/,
  "a secret": /(\bsk-|\bghp_|\bxox[bp]-|\bya29\.|\beyJ[A-Za-z0-9]|\bkf[dr]_[A-Za-z0-9]{8}|Bearer [A-Za-z0-9._-]{15})/,
  "a secret given to a program": /(npx|node|python3|uvx|docker run)[^\n]*--(token|password)/,
  "a script from the network": /curl[^\n]*\|\s*(ba)?sh/,
  "a package fetched at run time": /npx [^\n]*@latest/,
  "a hidden character": /[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/,
  "a comment that readers do not see": /<!--/,
  "a long run of base64": /[A-Za-z0-9+/]{200,}/,
};

describe("a scan", () => {
  it.each(Object.entries(SUSPICIOUS))("finds no sign of %s", (_, pattern) => {
    expect(files.filter((path) => pattern.test(read(path)))).toEqual([]);
  });
});
