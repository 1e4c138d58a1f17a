/**
 * The host's own question before a call of high impact. It is a last look on the host's side and never the approval: that
 * is the gateway's, which refuses the call without it whatever is answered here. So the question is put only when the
 * gateway would let the call through.
 */

import type { Approval, BriefTool } from "./answers.js";
import type { Question, ToolCall } from "./host.js";
import type { Plugin } from "./plugin.js";
import { Problem, isRecord } from "./problem.js";
import { cut } from "./show/words.js";

const LONGEST_TITLE = 80;
const LONGEST_DESCRIPTION = 512;
const LASTS_MS = 300_000;
/** How long it is remembered what a tool does; a gateway's catalog changes with its version. */
const KNOWN_MS = 600_000;
/** Refusals of the gateway with which the call would not be sent either. */
const REFUSED = ["not_paired", "unauthorized", "tool_not_found", "base_url"];

export class HostQuestion {
  /** Tools that exist, so there are no more of them than the gateway has. */
  private readonly known = new Map<string, { brief: BriefTool; until: number }>();

  constructor(private readonly plugin: Plugin) {}

  /** What to ask before this call, or nothing. */
  async for(call: ToolCall, signal?: AbortSignal): Promise<Question | undefined> {
    const tool = call.params["tool"];
    if (!this.plugin.settings.askHost || typeof tool !== "string" || tool === "") return undefined;
    try {
      const brief = await this.brief(tool, signal);
      if (brief.impact !== "high_impact") return undefined;
      const approvals = await this.plugin.gateway.approvals(signal);
      const approved = approvals.find((one) => one.tool === brief.name && one.status === "approved");
      return approved && question(approved.title, description(brief, approved, call.params));
    } catch (error) {
      if (!(error instanceof Problem) || REFUSED.includes(error.code)) return undefined;
      // Its impact is not known, so it is asked about.
      return question(`Call ${tool}`, "The gateway could not be asked what this call does. Allow it only if you know it.");
    }
  }

  private async brief(tool: string, signal: AbortSignal | undefined): Promise<BriefTool> {
    const now = this.plugin.clock.now();
    const known = this.known.get(tool);
    if (known && known.until > now) return known.brief;
    const brief = await this.plugin.gateway.brief(tool, signal);
    this.known.set(tool, { brief, until: now + KNOWN_MS });
    return brief;
  }
}

function question(title: string, description: string): Question {
  return {
    requireApproval: {
      title: cut(title, LONGEST_TITLE),
      description: cut(description, LONGEST_DESCRIPTION),
      severity: "critical",
      allowedDecisions: ["allow-once", "deny"],
      timeoutMs: LASTS_MS,
    },
  };
}

function description(brief: BriefTool, approved: Approval, params: Record<string, unknown>): string {
  const account = approved.connectionLabel ? ` Account: ${approved.connectionLabel}.` : "";
  const given = isRecord(params["arguments"]) ? params["arguments"] : {};
  const facts = Object.entries(given).map(([name, value]) => `${name} ${plain(value)}`);
  const what = facts.length > 0 ? ` With ${facts.join(", ")}.` : "";
  return `${brief.summary}${account}${what} A person has approved it on the gateway (${approved.id}); this sends it.`;
}

/** Short values as they are; the rest is not for a chat. */
function plain(value: unknown): string {
  if (typeof value === "string") return cut(value, 60);
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return Array.isArray(value) ? `(${value.length})` : "(…)";
}
