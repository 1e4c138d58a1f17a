// @segment/analytics-node: every call, singly and in batches.
import { Analytics } from "@segment/analytics-node";
import assert from "node:assert/strict";
import { bodyOf } from "./world.mjs";

export async function part(world) {
  for (const flushAt of [1, 15]) {
    const seen = await world.during(() => everyCall(world, { flushAt }));
    world.sameButTheKey(seen);
    const items = seen.sent.flatMap((request) => bodyOf(request).batch);
    assert.equal(items.length, 8);
    await world.landed(8);
  }
}

// An error of the library is an error here.
export async function everyCall(world, settings) {
  const analytics = new Analytics({
    writeKey: world.token,
    host: world.recorder.base,
    path: "/proxy/segment/tracking/v1/batch",
    maxRetries: 0,
    ...settings,
  });
  const errors = [];
  analytics.on("error", (error) => errors.push(error));
  const userId = "u-1001";
  analytics.identify({ userId, traits: { name: "Zoë 😀", writeKey: "their own" } });
  analytics.track({ userId, event: "Ordered", properties: { revenue: 12.5, items: [{ writeKey: "theirs" }] } });
  analytics.track({ userId, event: "Ordered", timestamp: new Date("2026-01-02T03:04:05.678Z") });
  analytics.page({ userId, name: "Prices", category: "Docs" });
  analytics.screen({ anonymousId: "anonymous-1", name: "Start" });
  analytics.group({ userId, groupId: "acme", traits: { plan: "pro" } });
  analytics.alias({ previousId: "anonymous-1", userId });
  analytics.track({ userId, event: "\\u \" \\ / \u2028", integrations: { All: false } });
  await analytics.flush({ close: true });
  assert.deepEqual(errors, []);
}
