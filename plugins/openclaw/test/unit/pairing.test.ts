import { describe, expect, it } from "vitest";
import { BASE, CODE, oauthError, tokens, world, type World } from "./fakes.js";

const AUTHORIZE = "POST /oauth/device_authorization";
const TOKEN = "POST /oauth/token";

async function begun(made: World = world()): Promise<World> {
  made.gateway.on(AUTHORIZE, { body: CODE });
  await made.plugin.pairing.begin("OpenClaw", false);
  return made;
}

describe("pairing", () => {
  it("asks in the background until the person has decided, and keeps the tokens", async () => {
    const { plugin, gateway, clock, memory } = await begun();
    gateway.on(TOKEN, oauthError("authorization_pending"), tokens(1));
    await clock.advance(5_000);
    expect(await plugin.pairing.standing()).toMatchObject({ kind: "waiting", pending: { userCode: "WDJB-MJHT" } });
    await clock.advance(5_000);
    expect(await plugin.pairing.standing()).toEqual({ kind: "paired" });
    expect(memory.at(BASE)).toEqual({
      version: 1,
      gateway: BASE,
      tokens: { access: "access-1", accessUntil: clock.now() + 600_000, refresh: "refresh-1" },
    });
    await clock.advance(60_000);
    expect(gateway.to("/oauth/token")).toHaveLength(2);
  });

  it("never asks sooner than the gateway wants, and slower when it says so", async () => {
    const { gateway, clock } = await begun();
    gateway.on(TOKEN, oauthError("slow_down"), oauthError("authorization_pending"));
    await clock.advance(4_999);
    expect(gateway.to("/oauth/token")).toHaveLength(0);
    await clock.advance(1);
    expect(gateway.to("/oauth/token")).toHaveLength(1);
    await clock.advance(9_999);
    expect(gateway.to("/oauth/token")).toHaveLength(1);
    await clock.advance(1);
    expect(gateway.to("/oauth/token")).toHaveLength(2);
  });

  it("goes on after the host was started anew, with the same code", async () => {
    const before = await begun();
    before.plugin.pairing.stop();
    const after = world({}, before.memory);
    after.gateway.on(TOKEN, tokens(7));
    await after.plugin.pairing.resume();
    await after.clock.advance(5_000);
    expect(after.gateway.to("/oauth/token")[0]?.body).toMatchObject({ device_code: "the-device-code" });
    expect(await after.plugin.pairing.standing()).toEqual({ kind: "paired" });
    expect(before.gateway.to("/oauth/token")).toHaveLength(0);
  });

  it("has one loop, however often it is resumed", async () => {
    const { plugin, gateway, clock } = await begun();
    gateway.on(TOKEN, oauthError("authorization_pending"));
    await Promise.all([plugin.pairing.resume(), plugin.pairing.resume(), plugin.pairing.begin("Other", false)]);
    await clock.advance(5_000);
    expect(gateway.to("/oauth/token")).toHaveLength(1);
    expect(gateway.to("/oauth/device_authorization")).toHaveLength(1);
  });

  it.each([
    ["access_denied", "denied"],
    ["expired_token", "expired"],
  ])("ends when the gateway says %s", async (code, ended) => {
    const { plugin, gateway, clock } = await begun();
    gateway.on(TOKEN, oauthError(code));
    await clock.advance(5_000);
    expect(await plugin.pairing.standing()).toEqual({ kind: "unpaired", ended });
    await clock.advance(60_000);
    expect(gateway.to("/oauth/token")).toHaveLength(1);
  });

  it("lives through an outage, and asks less often meanwhile", async () => {
    const { plugin, gateway, clock, logged } = await begun();
    gateway.on(TOKEN, new TypeError("fetch failed"), new TypeError("fetch failed"), tokens(1));
    await clock.advance(5_000);
    await clock.advance(9_999);
    expect(gateway.to("/oauth/token")).toHaveLength(1);
    await clock.advance(1);
    await clock.advance(19_999);
    expect(gateway.to("/oauth/token")).toHaveLength(2);
    await clock.advance(1);
    expect(await plugin.pairing.standing()).toEqual({ kind: "paired" });
    expect(logged.filter((line) => line.includes("No Keyferry answers"))).toHaveLength(2);
  });

  it("waits for the person as long as it is asked to, and no longer", async () => {
    const { plugin, gateway, clock } = await begun();
    gateway.on(TOKEN, oauthError("authorization_pending"), tokens(1));
    const first = plugin.pairing.settled(2_000);
    await clock.advance(2_000);
    expect((await first).kind).toBe("waiting");
    const second = plugin.pairing.settled(60_000);
    await clock.advance(3_000);
    await clock.advance(5_000);
    expect(await second).toEqual({ kind: "paired" });
  });

  it("gives up an old code when a new one is asked for", async () => {
    const { plugin, gateway, clock } = await begun();
    gateway.on(AUTHORIZE, { body: { ...CODE, device_code: "another", user_code: "BCDF-GHJK" } });
    gateway.on(TOKEN, oauthError("authorization_pending"));
    expect((await plugin.pairing.begin("OpenClaw", true)).userCode).toBe("BCDF-GHJK");
    await clock.advance(5_000);
    expect(gateway.to("/oauth/token").map((one) => one.body)).toMatchObject([{ device_code: "another" }]);
  });
});
