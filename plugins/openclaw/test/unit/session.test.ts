import { describe, expect, it } from "vitest";
import { Problem } from "../../src/problem.js";
import { BASE, oauthError, paired, tokens, world } from "./fakes.js";

const WHOAMI = "GET /api/agent/whoami";
const TOKEN = "POST /oauth/token";
const unauthorized = { status: 401, body: { error: "Unauthorized: the token is not good.", code: "unauthorized", hint: "Pair again." } };

async function problem(work: Promise<unknown>): Promise<Problem> {
  const error = await work.then(() => undefined, (thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(Problem);
  return error as Problem;
}

describe("the device's tokens", () => {
  it("are sent as they are while they last", async () => {
    const { plugin, gateway } = paired();
    gateway.on(WHOAMI, { body: {} });
    await plugin.gateway.whoami();
    expect(gateway.sent.map((one) => [one.path, one.token])).toEqual([["/api/agent/whoami", "access-1"]]);
  });

  it("are renewed shortly before their end, once for all who wait", async () => {
    const { plugin, gateway, clock, memory } = paired();
    gateway.on(WHOAMI, { body: {} }).on(TOKEN, tokens(2));
    await clock.advance(575_000);
    await Promise.all([plugin.gateway.whoami(), plugin.gateway.whoami(), plugin.gateway.whoami()]);
    expect(gateway.to("/oauth/token").map((one) => one.body)).toMatchObject([{ refresh_token: "refresh-1" }]);
    expect(new Set(gateway.to("/api/agent/whoami").map((one) => one.token))).toEqual(new Set(["access-2"]));
    expect(memory.at(BASE).tokens?.refresh).toBe("refresh-2");
  });

  it("are taken from where another process of the host has renewed them", async () => {
    const { plugin, gateway, clock, memory } = paired();
    gateway.on(WHOAMI, { body: {} });
    await clock.advance(590_000);
    const theirs = { access: "theirs", accessUntil: clock.now() + 600_000, refresh: "refresh-9" };
    memory.files.set(BASE, { version: 1, gateway: BASE, tokens: theirs });
    await plugin.gateway.whoami();
    expect(gateway.sent.map((one) => one.token)).toEqual(["theirs"]);
  });

  it("are taken from there as well when ours have just been refused", async () => {
    const { plugin, gateway, clock, memory } = paired();
    const theirs = { access: "theirs", accessUntil: clock.now() + 600_000, refresh: "refresh-9" };
    gateway.on(WHOAMI, () => {
      memory.files.set(BASE, { version: 1, gateway: BASE, tokens: theirs });
      return unauthorized;
    });
    await problem(plugin.gateway.whoami());
    expect(gateway.sent.map((one) => [one.path, one.token])).toEqual([
      ["/api/agent/whoami", "access-1"],
      ["/api/agent/whoami", "theirs"],
    ]);
  });

  it("are renewed once when they are refused, and then it is left at that", async () => {
    const { plugin, gateway } = paired();
    gateway.on(WHOAMI, unauthorized).on(TOKEN, tokens(2));
    expect((await problem(plugin.gateway.whoami())).code).toBe("unauthorized");
    expect(gateway.to("/api/agent/whoami").map((one) => one.token)).toEqual(["access-1", "access-2"]);
    expect(gateway.to("/oauth/token")).toHaveLength(1);
  });

  it("are forgotten when the device was revoked, and nothing more is sent", async () => {
    const { plugin, gateway, memory } = paired();
    gateway.on(WHOAMI, unauthorized).on(TOKEN, oauthError("invalid_grant"));
    const first = await problem(plugin.gateway.whoami());
    expect([first.code, first.mend]).toEqual(["not_paired", expect.stringContaining("keyferry_begin_pairing")]);
    expect(memory.at(BASE)).toEqual({ version: 1, gateway: BASE, ended: "revoked" });
    const sent = gateway.sent.length;
    expect((await problem(plugin.gateway.whoami())).message).toContain("revoked");
    expect(gateway.sent).toHaveLength(sent);
  });

  it("outlive an outage of the gateway", async () => {
    const { plugin, gateway, clock, memory } = paired();
    gateway.on(TOKEN, new TypeError("fetch failed"));
    await clock.advance(600_000);
    expect((await problem(plugin.gateway.whoami())).code).toBe("gateway_unreachable");
    expect(memory.at(BASE).tokens?.refresh).toBe("refresh-1");
  });

  it("never go to another gateway than the one that gave them", async () => {
    const { memory } = paired();
    const elsewhere = world({ baseUrl: "https://other.example.com" }, memory);
    expect((await problem(elsewhere.plugin.gateway.whoami())).code).toBe("not_paired");
    memory.files.set("https://other.example.com", memory.files.get(BASE));
    expect((await problem(elsewhere.plugin.gateway.whoami())).code).toBe("not_paired");
    expect(elsewhere.gateway.sent).toEqual([]);
  });

  it("never follow a redirect", async () => {
    const { plugin, gateway } = paired();
    gateway.on(WHOAMI, { body: {} });
    await plugin.gateway.whoami();
    expect(gateway.sent[0]?.init.redirect).toBe("error");
  });
});

describe("logging out", () => {
  it("is not undone by a renewal that was under way", async () => {
    const { plugin, gateway, clock, memory } = paired();
    gateway.on("POST /oauth/revoke", { text: "" }).on("POST /oauth/token", tokens(2)).on(WHOAMI, { body: {} });
    const release = gateway.hold("/oauth/token");
    await clock.advance(590_000);
    const asking = plugin.gateway.whoami();
    await plugin.session.logOut();
    release();
    await asking;
    expect(memory.at(BASE)).toEqual({ version: 1, gateway: BASE, ended: "logged_out" });
  });

  it("gives the refresh token back and forgets everything", async () => {
    const { plugin, gateway, memory } = paired();
    gateway.on("POST /oauth/revoke", { text: "" });
    expect(await plugin.session.logOut()).toBe("revoked");
    expect(gateway.sent.map((one) => one.body)).toMatchObject([{ token: "refresh-1" }]);
    expect(memory.at(BASE)).toEqual({ version: 1, gateway: BASE, ended: "logged_out" });
  });

  it("forgets even when no gateway answers, and says so", async () => {
    const { plugin, gateway, memory } = paired();
    gateway.on("POST /oauth/revoke", new TypeError("fetch failed"));
    expect(await plugin.session.logOut()).toMatchObject({ code: "gateway_unreachable" });
    expect(memory.at(BASE).tokens).toBeUndefined();
  });

  it("has nothing to do when this host is not paired", async () => {
    const { plugin, gateway } = world();
    expect(await plugin.session.logOut()).toBe("not_paired");
    expect(gateway.sent).toEqual([]);
  });
});
