import { describe, expect, it } from "vitest";
import { OWN } from "../../src/names.js";
import { Problem, refusal } from "../../src/problem.js";
import { showCall, showLatest, showPreview } from "../../src/show/calling.js";
import { showIntegrations, showTool } from "../../src/show/discovery.js";
import { showProblem } from "../../src/show/problem.js";

const expiresAt = "2026-11-21T14:12:08.362Z";

describe("a preview", () => {
  it("says what changes, what is sent, and what comes next", () => {
    const preview = {
      toolName: "segment_update_source",
      connectionId: 1,
      data: {
        request: { method: "PATCH", url: "https://api.segmentapis.com/sources/s1", body: { name: "Site" } },
        changes: [
          { path: "/name", from: "Website", to: "Site" },
          { path: "/settings/a~1b", from: null, to: [1] },
        ],
        affected: [],
        confirmation: { id: "cnf_1", expiresAt, needs: "preview" },
      },
    };
    expect(showPreview(preview, OWN)).toMatchInlineSnapshot(`
      "Preview of segment_update_source on connection 1. Nothing was sent.

      It would change:
      - name: "Website" → "Site"
      - settings › a/b: nothing → [1]

      It would send:
        PATCH https://api.segmentapis.com/sources/s1
        {"name":"Site"}

      Show the person this preview. If they want it, call keyferry_call_tool with exactly these arguments before 14:12 UTC; it counts once."
    `);
  });

  it("tells a deletion by what goes, and gives the link where a person has to approve", () => {
    const preview = {
      toolName: "segment_delete_source",
      connectionId: 1,
      data: {
        request: { method: "DELETE", url: "https://api.segmentapis.com/sources/s1", body: null },
        changes: [{ path: "", from: { id: "s1", name: 'Web\n"site"', metadata: { a: 1 } }, to: null }],
        affected: [{ kind: "warehouse", id: "w1", name: "snowflake", effect: "Gets no more data." }],
        affectedUnavailable: "the list of destinations was refused",
        confirmation: { id: "cnf_1", expiresAt, needs: "person", approvalUrl: "https://k/approve/cnf_1" },
      },
    };
    expect(showPreview(preview, OWN)).toMatchInlineSnapshot(`
      "Preview of segment_delete_source on connection 1. Nothing was sent.

      It would change:
      - all of it: gone for good
          id: "s1"
          name: "Web\\n\\"site\\""

      It would also affect:
      - warehouse "snowflake" (w1): Gets no more data.
      - There may be more: the list of destinations was refused

      It would send:
        DELETE https://api.segmentapis.com/sources/s1

      A person has to approve this on the gateway:
        https://k/approve/cnf_1

      Show the person this preview and the link, and wait: they have until 14:12 UTC. Once they have approved, call keyferry_call_tool with exactly these arguments, within ten minutes."
    `);
  });

  it("says what could not be read", () => {
    const data = { beforeUnavailable: "no right to read it (upstream_forbidden)", confirmation: { needs: "none" } };
    const text = showPreview({ toolName: "t", data }, OWN);
    expect(text).toContain("could not be read: no right to read it");
    expect(text).toContain("No confirmation is needed");
  });
});

describe("a refusal", () => {
  it("comes with its mend", () => {
    const body = {
      ok: false,
      error: { type: "validation", code: "approval_required", message: "A person has to approve this call first.", retryable: false },
      details: ["Approval cnf_1 waits until 15:02."],
      missingFields: [],
      invalidFields: [],
      hint: "Ask the person to open https://k/approve/cnf_1, then call again with the same arguments.",
      approvalUrl: "https://k/approve/cnf_1",
      meta: { callId: "call_1" },
    };
    expect(showProblem(refusal(412, body)!)).toMatchInlineSnapshot(`
      "Not done (approval_required): A person has to approve this call first.

      - Approval cnf_1 waits until 15:02.

      What to do: Ask the person to open https://k/approve/cnf_1, then call again with the same arguments.

      Call call_1"
    `);
  });

  it("names the fields and shows the schema, but not a long one", () => {
    const body = (schema: unknown) => ({
      error: { code: "invalid_arguments", message: "Two are wrong." },
      missingFields: ["/sourceId"],
      invalidFields: ["/name"],
      inputSchema: schema,
      retryAfterMs: 1_500,
    });
    const text = showProblem(refusal(400, body({ type: "object" }))!);
    expect(text).toContain('Missing: /sourceId\nWrong: /name');
    expect(text).toContain('It takes: {"type":"object"}');
    expect(text).toContain("Wait 2 s");
    expect(showProblem(refusal(400, body({ long: "x".repeat(9_000) }))!)).toContain("describe the tool");
  });

  it("is read in each of its spellings", () => {
    const code = (status: number, body: unknown) => refusal(status, body)?.code;
    expect(code(412, { error: { code: "state_changed", message: "m" } })).toBe("state_changed");
    expect(code(401, { error: "Unauthorized", code: "unauthorized", hint: "h" })).toBe("unauthorized");
    expect(code(400, { error: "slow_down", error_description: "Slower." })).toBe("slow_down");
    expect(refusal(500, "no JSON object")).toBeUndefined();
    expect(refusal(500, { message: "other" })).toBeUndefined();
  });

  it("is short when there is nothing to add", () => {
    expect(showProblem(new Problem("", "It rains.", ""))).toBe("Not done: It rains.");
  });
});

describe("lists", () => {
  it("tell connections with the state of their keys", () => {
    const slots = [
      { name: "public_api", filled: true, health: { state: "verified" } },
      { name: "tracking", filled: false },
    ];
    const connection = { id: 1, integration: "segment", connectionLabel: "Shop", region: "eu", isDefault: true, authState: "active", slots };
    const broken = { id: 2, integration: "segment", authState: "needs_reauth", authError: "refused", slots: [] };
    const item = { slug: "other", name: "Other", description: "Another thing.", connected: false };
    expect(showIntegrations({ integrations: [connection, broken], items: [item] }, OWN)).toMatchInlineSnapshot(`
      "Connected:
      - segment 1 “Shop”, eu, default (keys: public_api verified, tracking empty)
      - segment 2; needs its key again: refused (keys: none)

      Not connected:
      - other: Another thing."
    `);
    expect(showIntegrations({}, OWN)).toContain("keyferry_connect gives a link");
  });

  it("tell a tool whole", () => {
    const tool = {
      name: "segment_update_source",
      impact: "write",
      summary: "Rename.",
      whenToUse: ["To rename."],
      askBefore: ["Which one."],
      examples: [{ user: "Rename it", args: { name: "x" } }],
      inputSchema: { type: "object" },
    };
    expect(showTool(tool, OWN)).toMatchInlineSnapshot(`
      "segment_update_source (write): Rename.

      When to use it:
      - To rename.

      Ask the person before:
      - Which one.

      Arguments: {"type":"object"}

      Examples:
      - “Rename it” → {"name":"x"}

      First keyferry_preview_tool, show the person what it says, then keyferry_call_tool with the same arguments."
    `);
  });

  it("tell the journal", () => {
    const call = { id: "call_1", tool: "segment_track", impact: "write", state: "unknown", errorCode: "outcome_unknown", errorMessage: "Cut.", durationMs: 3 };
    expect(showCall(call)).toContain("read the state before repeating it");
    const approvals = [
      { id: "cnf_1", status: "approved", tool: "t", title: "Delete source", expiresAt },
      { id: "cnf_2", status: "used", tool: "t", title: "Delete source" },
    ];
    expect(showLatest([call], approvals)).toMatchInlineSnapshot(`
      "Latest calls:
      - call_1: segment_track, unknown, outcome_unknown

      Approvals:
      - cnf_1: Delete source (t) is approved; call it before 14:12 UTC"
    `);
  });
});
