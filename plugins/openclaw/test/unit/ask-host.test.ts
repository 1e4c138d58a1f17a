import { describe, expect, it } from "vitest";
import { HostQuestion } from "../../src/ask-host.js";
import type { Question, ToolCall } from "../../src/host.js";
import type { Plugin } from "../../src/plugin.js";
import { paired, world, type World } from "./fakes.js";

const questionFor = (plugin: Plugin, call: ToolCall): Promise<Question | undefined> => new HostQuestion(plugin).for(call);

const TOOL = "segment_delete_source";
const CALL = { toolName: "keyferry_call_tool", params: { tool: TOOL, arguments: { sourceId: "s1", labels: [1, 2] } } };
const APPROVED = { id: "cnf_1", status: "approved", tool: TOOL, title: "Delete source", connectionLabel: "Shop" };

function asked(impact: string, ...approvals: unknown[]): World {
  const made = paired();
  made.gateway.on(`GET /api/tools/${TOOL}`, { body: { name: TOOL, impact, summary: "Delete a source for good." } });
  made.gateway.on("GET /api/approvals", { body: { approvals } });
  return made;
}

describe("the host's own question", () => {
  it("is put before a call of high impact that a person has approved on the gateway", async () => {
    const { plugin } = asked("high_impact", { ...APPROVED, id: "cnf_0", status: "used" }, APPROVED);
    expect(await questionFor(plugin, CALL)).toEqual({
      requireApproval: {
        title: "Delete source",
        description:
          "Delete a source for good. Account: Shop. With sourceId s1, labels (2). " +
          "A person has approved it on the gateway (cnf_1); this sends it.",
        severity: "critical",
        allowedDecisions: ["allow-once", "deny"],
        timeoutMs: 300_000,
      },
    });
  });

  it.each([
    ["a read", "read", [APPROVED]],
    ["a write", "write", [APPROVED]],
    ["what nobody has approved, for the gateway refuses it", "high_impact", [{ ...APPROVED, status: "pending" }]],
    ["an approval of another tool", "high_impact", [{ ...APPROVED, tool: "segment_other" }]],
  ])("is not put before %s", async (_, impact, approvals) => {
    expect(await questionFor(asked(impact, ...approvals).plugin, CALL)).toBeUndefined();
  });

  it("stays within the host's limits", async () => {
    const { plugin } = asked("high_impact", { ...APPROVED, title: "t".repeat(200), connectionLabel: "c".repeat(900) });
    const question = (await questionFor(plugin, CALL))?.requireApproval;
    expect([question?.title.length, question?.description.length]).toEqual([80, 512]);
  });

  it("asks the gateway for ten minutes only once what a tool does, and each time what is approved", async () => {
    const { plugin, gateway, clock } = asked("high_impact", APPROVED);
    const question = new HostQuestion(plugin);
    const lookUps = (): number[] => [`/api/tools/${TOOL}`, "/api/approvals"].map((path) => gateway.to(path).length);
    await question.for(CALL);
    await question.for(CALL);
    expect(lookUps()).toEqual([1, 2]);
    gateway.on("POST /oauth/token", { body: { access_token: "a", refresh_token: "r", expires_in: 600 } });
    await clock.advance(600_000);
    await question.for(CALL);
    expect(lookUps()).toEqual([2, 3]);
  });

  it("is put when the gateway could not be asked", async () => {
    const { plugin, gateway } = paired();
    gateway.on(`GET /api/tools/${TOOL}`, new TypeError("fetch failed"));
    expect((await questionFor(plugin, CALL))?.requireApproval.title).toBe(`Call ${TOOL}`);
  });

  it("is not put when the call can't be sent, or when it is turned off", async () => {
    expect(await questionFor(world().plugin, CALL)).toBeUndefined();
    const off = paired({ askHost: false });
    expect(await questionFor(off.plugin, CALL)).toBeUndefined();
    expect(await questionFor(off.plugin, { toolName: "keyferry_call_tool", params: {} })).toBeUndefined();
    expect(off.gateway.sent).toEqual([]);
  });
});
