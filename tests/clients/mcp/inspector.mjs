// The official inspector's command line, with a device token.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";

export async function part(facts) {
  const inspect = (...more) => {
    const target = ["--cli", `${facts.baseUrl}/mcp`, "--transport", "http"];
    const header = ["--header", `Authorization: Bearer ${facts.deviceToken}`];
    const output = execFileSync("node_modules/.bin/mcp-inspector", [...target, ...header, ...more], { encoding: "utf8" });
    return JSON.parse(output);
  };
  const { tools } = inspect("--method", "tools/list", "--strict");
  assert.equal(tools.length, 10);
  const call = ["--method", "tools/call", "--tool-name", "search_tools", "--tool-arg", "query=list sources"];
  assert.equal(inspect(...call).structuredContent.tools[0].name, "segment_list_sources");
}
