import { describe, expect, it } from "vitest";
import type { HostTool } from "../../src/host.js";
import { COMPAT, OWN } from "../../src/names.js";
import { COMPAT_TOOLS } from "../../src/tools/compat.js";
import { hostTool } from "../../src/tools/make.js";
import { OWN_TOOLS } from "../../src/tools/own.js";
import { CODE, oauthError, paired, world, type World } from "./fakes.js";

function tools(made: World): Map<string, HostTool> {
  const own = OWN_TOOLS.map((tool) => hostTool(made.plugin, OWN, tool));
  const compat = COMPAT_TOOLS.map((tool) => hostTool(made.plugin, COMPAT, tool));
  return new Map([...own, ...compat].map((tool) => [tool.name, tool]));
}

async function run(made: World, name: string, params: unknown = {}): Promise<{ text: string; details: unknown }> {
  const { content, details } = await tools(made).get(name)!.execute("call-1", params);
  return { text: content.map((one) => one.text).join("\n"), details };
}

const EXECUTE = "POST /api/tools/segment_list_sources/execute";
const DONE = { ok: true, toolName: "segment_list_sources", connectionId: 1, result: { n: 1 }, meta: { callId: "call_1" } };

describe("calling", () => {
  it.each([
    ["arguments in their place", { arguments: { a: 1 } }, { arguments: { a: 1 } }],
    ["arguments beside the tool", { a: 1, b: [2] }, { arguments: { a: 1, b: [2] } }],
    ["arguments as JSON text", { arguments: '{"a":1}' }, { arguments: { a: 1 } }],
    ["no arguments", {}, { arguments: {} }],
    ["a connection's number as text", { connectionId: "2", arguments: {} }, { connectionId: 2, arguments: {} }],
    ["the controls", { idempotencyKey: "k", select: "/a", a: 1 }, { idempotencyKey: "k", select: "/a", arguments: { a: 1 } }],
  ])("takes %s", async (_, given, body) => {
    const made = paired();
    made.gateway.on(EXECUTE, { body: DONE });
    const { text, details } = await run(made, OWN.callTool, { tool: "segment_list_sources", ...given });
    expect(made.gateway.sent[0]?.body).toEqual(body);
    expect(text).toContain("Done: segment_list_sources on connection 1 (call_1).");
    expect(details).toEqual({ ok: true, toolName: "segment_list_sources", connectionId: 1, callId: "call_1", resultCut: false });
  });

  it("sends ClawLink's `confirmed` as it is", async () => {
    const made = paired();
    made.gateway.on(EXECUTE, { body: DONE });
    await run(made, COMPAT.callTool, { tool: "segment_list_sources", arguments: {}, confirmed: false });
    expect(made.gateway.sent[0]?.body).toEqual({ arguments: {}, confirmed: false });
  });

  it("tells all faults of the parameters at once, and sends nothing", async () => {
    const made = paired();
    const { text } = await run(made, OWN.callTool, { arguments: "[]", connectionId: 0, select: 7 });
    for (const fault of ["tool: is required", "arguments: must be an object", "connectionId: must be", "select: must be a text"]) {
      expect(text).toContain(fault);
    }
    const { text: beside } = await run(made, OWN.previewTool, { tool: "t", arguments: {}, dryRun: true });
    expect(beside).toContain("dryRun: is no parameter");
    expect(made.gateway.sent).toEqual([]);
  });

  it("cuts what is too long for a chat, and says how to get less", async () => {
    const made = paired();
    made.gateway.on(EXECUTE, { body: { ...DONE, result: "x".repeat(200_000) } });
    const { text, details } = await run(made, OWN.callTool, { tool: "segment_list_sources" });
    expect(text.length).toBeLessThan(32_000);
    expect(text).toContain("`select`");
    expect(details).toMatchObject({ callId: "call_1", resultCut: true });
  });

  it("warns to look before repeating when a call got no answer", async () => {
    const made = paired();
    made.gateway.on(EXECUTE, new TypeError("fetch failed"));
    const { text, details } = await run(made, OWN.callTool, { tool: "segment_list_sources" });
    expect(text).toContain("gateway_unreachable");
    expect(text).toContain("It may have been done");
    expect(details).toMatchObject({ ok: false, error: { code: "gateway_unreachable" } });
  });

  it("keeps names out of the path", async () => {
    const made = paired();
    await run(made, OWN.describeTool, { tool: "../oauth/token?x=1" });
    expect(made.gateway.sent[0]?.path).toBe("/api/tools/..%2Foauth%2Ftoken%3Fx%3D1");
  });
});

describe("pairing", () => {
  it("shows a link and a code, the same as long as they last, and never the device's secret", async () => {
    const made = world();
    made.gateway.on("POST /oauth/device_authorization", { body: CODE }).on("POST /oauth/token", oauthError("authorization_pending"));
    const first = await run(made, OWN.beginPairing, { deviceLabel: "Kitchen" });
    const second = await run(made, COMPAT.beginPairing);
    const third = await run(made, OWN.pairingStatus);
    for (const { text, details } of [first, second, third]) {
      expect(text).toContain("WDJB-MJHT");
      expect(text).toContain("https://keyferry.example.com/pair");
      expect(JSON.stringify([text, details])).not.toContain("the-device-code");
    }
    expect(made.gateway.to("/oauth/device_authorization").map((one) => one.body)).toEqual([
      { client_id: "openclaw-keyferry", device_label: "Kitchen" },
    ]);
    made.plugin.pairing.stop();
  });

  it("has nothing to begin when this host is paired", async () => {
    const made = paired();
    made.gateway.on("GET /api/agent/whoami", { body: { device: { label: "OpenClaw", rule: "confirm" } } });
    const { text } = await run(made, OWN.beginPairing);
    expect(text).toContain("no need to pair again");
    expect(made.gateway.to("/oauth/device_authorization")).toEqual([]);
  });

  it("begins anew when the device was revoked meanwhile", async () => {
    const made = paired();
    made.gateway
      .on("GET /api/agent/whoami", { status: 401, body: { error: "Unauthorized", code: "unauthorized" } })
      .on("POST /oauth/token", oauthError("invalid_grant"))
      .on("POST /oauth/device_authorization", { body: CODE });
    expect((await run(made, OWN.beginPairing)).text).toContain("WDJB-MJHT");
    made.plugin.pairing.stop();
  });

  it("gives the old device back when it is to start over", async () => {
    const made = paired();
    made.gateway.on("POST /oauth/revoke", { text: "" }).on("POST /oauth/device_authorization", { body: CODE });
    await run(made, OWN.beginPairing, { startOver: true });
    expect(made.gateway.sent.map((one) => one.path)).toEqual(["/oauth/revoke", "/oauth/device_authorization"]);
    made.plugin.pairing.stop();
  });
});

describe("discovery and the journal", () => {
  it("asks for brief lists", async () => {
    const made = paired();
    made.gateway.on("GET /api/tools", { body: { tools: [{ name: "segment_track", impact: "write", summary: "Record." }] } });
    made.gateway.on("GET /api/tools/search", { body: { tools: [] } });
    const { text } = await run(made, OWN.listTools, { integration: "Segment" });
    expect(text).toContain("- segment_track (write): Record.");
    expect((await run(made, COMPAT.searchTools, { query: "x", limit: 3 })).text).toContain("clawlink_list_integrations");
    expect(made.gateway.sent.map((one) => one.query)).toEqual([
      { integration: "segment", view: "brief" },
      { query: "x", limit: "3", view: "brief" },
    ]);
  });

  it("connects by a link, and follows it by its own token alone", async () => {
    const made = paired();
    made.gateway
      .on("POST /api/connect/start", { body: { integration: "segment", connectUrl: "https://k/connect", sessionToken: "kcs_1" } })
      .on("GET /api/connect/sessions/kcs_1", { body: { session: { status: "connected", integration: "segment", connectionId: 2 } } });
    const link = await run(made, OWN.connect, { integration: "SEGMENT", forceNew: true });
    expect(link.text).toContain("https://k/connect");
    expect(link.text).toContain("keyferry_connect with sessionToken kcs_1");
    expect(made.gateway.sent[0]?.body).toEqual({ integration: "segment", reuseIfConnected: false });
    expect((await run(made, OWN.connect, { sessionToken: "kcs_1" })).text).toBe("segment is connected as connection 2.");
    expect((await run(made, COMPAT.connectStatus, { sessionToken: "kcs_1" })).text).toBe("segment is connected as connection 2.");
    expect(made.gateway.sent.slice(1).map((one) => one.token)).toEqual([undefined, undefined]);
    expect((await run(made, OWN.connect)).text).toContain("integration: is required");
  });

  it("finds approvals by their id as well", async () => {
    const made = paired();
    const approval = { id: "cnf_1", status: "denied", tool: "segment_delete_source", title: "Delete source", reason: "Not that one." };
    made.gateway.on("GET /api/approvals", { body: { approvals: [approval] } });
    expect((await run(made, OWN.getCall, { callId: "cnf_1" })).text).toContain("is denied.\nReason: Not that one.");
    expect((await run(made, OWN.getCall, { callId: "cnf_2" })).text).toContain("not_found");
  });
});
