/** What there is: connections, tools, one tool. */

import type { BriefTool, Integrations, ToolDescription } from "../answers.js";
import type { Names } from "../names.js";
import { showConnection } from "./pairing.js";
import { impact, list, paragraphs } from "./words.js";

export function showIntegrations(answer: Integrations, names: Names): string {
  const connections = (answer.integrations ?? []).map(showConnection);
  const others = (answer.items ?? []).filter((item) => !item.connected);
  return paragraphs(
    connections.length > 0 ? ["Connected:", ...list(connections)] : "Nothing is connected yet.",
    others.length > 0 ? ["Not connected:", ...list(others.map((item) => `${item.slug}: ${item.description ?? item.name}`))] : undefined,
    connections.length > 0 ? undefined : `${names.connect} gives a link on which a person connects an account.`,
  );
}

export function showTools(tools: BriefTool[], what: string, names: Names): string {
  if (tools.length === 0) return `No tool ${what}. ${names.listIntegrations} tells what there is.`;
  const lines = tools.map((tool) => `${tool.name} (${impact(tool.impact)}): ${tool.summary}${tool.why ? ` [${tool.why}]` : ""}`);
  return paragraphs(
    [`${tools.length} ${tools.length === 1 ? "tool" : "tools"} ${what}:`, ...list(lines)],
    `${names.describeTool} tells a tool's arguments. What is not “read” is previewed before it is called.`,
  );
}

export function showTool(tool: ToolDescription, names: Names): string {
  const examples = (tool.examples ?? []).map((one) => `“${one.user ?? ""}” → ${JSON.stringify(one.args)}`);
  return paragraphs(
    `${tool.name} (${impact(tool.impact)}): ${tool.description ?? tool.summary}`,
    tool.policyReason ?? undefined,
    section("When to use it", tool.whenToUse),
    section("Ask the person before", tool.askBefore),
    section("Look first", tool.prerequisites),
    `Arguments: ${JSON.stringify(tool.inputSchema)}`,
    section("Examples", examples),
    section("Afterwards", tool.followups),
    (tool.connections ?? []).length > 1 ? section("Connections (connectionId)", (tool.connections ?? []).map(showConnection)) : undefined,
    tool.impact === "read"
      ? `Call it with ${names.callTool}.`
      : `First ${names.previewTool}, show the person what it says, then ${names.callTool} with the same arguments.`,
  );
}

function section(title: string, lines: string[] | undefined): string[] | undefined {
  return lines && lines.length > 0 ? [`${title}:`, ...list(lines)] : undefined;
}
