import { describe, expect, it } from "vitest";
import { command } from "../../src/command.js";
import { CODE, paired, world, type World } from "./fakes.js";

const say = async (made: World, args?: string): Promise<string> =>
  (await command(made.plugin).handler(args === undefined ? {} : { args })).text;

describe("/keyferry", () => {
  it("tells how things stand", async () => {
    expect(await say(world())).toBe("Not paired. /keyferry pair gives a link and a code.");
    const made = paired();
    made.gateway
      .on("GET /api/agent/whoami", { body: { user: { name: "Ada" }, team: { name: "Shop" }, device: { label: "OpenClaw", rule: "confirm" } } })
      .on("GET /api/integrations", { body: { integrations: [{ id: 1, integration: "segment", authState: "active" }] } })
      .on("GET /api/calls", { body: { calls: [] } })
      .on("GET /api/approvals", { body: { approvals: [] } });
    const text = await say(made, " status ");
    for (const part of ["as “OpenClaw” for Ada in Shop", "segment 1", "no calls yet"]) expect(text).toContain(part);
  });

  it("pairs under a name", async () => {
    const made = world();
    made.gateway.on("POST /oauth/device_authorization", { body: CODE });
    const text = await say(made, "pair My  laptop");
    expect(text).toContain("WDJB-MJHT");
    expect(text).toContain("; /keyferry says when it is done.");
    expect(text).not.toContain("Show the person");
    expect(made.gateway.sent[0]?.body).toMatchObject({ device_label: "My laptop" });
    made.plugin.pairing.stop();
  });

  it("logs out", async () => {
    const made = paired();
    made.gateway.on("POST /oauth/revoke", { text: "" });
    expect(await say(made, "logout")).toContain("Logged out");
    expect(await say(made)).toContain("it was logged out here");
    expect(await say(made, "logout")).toContain("was not paired");
    const offline = paired();
    offline.gateway.on("POST /oauth/revoke", new TypeError("fetch failed"));
    expect(await say(offline, "logout")).toContain("Revoke the device on the gateway's Devices page");
  });

  it("explains itself, and tells a wrong address instead of failing", async () => {
    expect(await say(world(), "dance")).toContain("/keyferry pair [name]");
    expect(await say(world({ baseUrl: "http://example.com" }))).toContain("https address");
  });
});
