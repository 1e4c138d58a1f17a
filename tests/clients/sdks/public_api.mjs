// @segment/public-api-sdk-typescript: reads, a change, and what is not served here.
import sdk from "@segment/public-api-sdk-typescript";
import assert from "node:assert/strict";

export async function part(world) {
  const sources = new sdk.SourcesApi(world.publicApi);
  sources.accessToken = world.token;
  const workspaces = new sdk.WorkspacesApi(world.publicApi);
  workspaces.accessToken = world.token;

  const { arrived } = await world.during(() => reads(sources, workspaces), "public_api");
  const key = `Bearer ${world.facts.credentials.public_api}`;
  assert.ok(arrived.length >= 4 && arrived.every((request) => request.headers.authorization === key));
  assert.equal(arrived[1].query, "pagination.count=3");

  const changes = await world.during(() => change(sources), "public_api");
  const methods = changes.arrived.map((request) => request.method);
  assert.ok(methods.includes("PATCH") && !methods.includes("DELETE"), methods.join());
}

async function reads(sources, workspaces) {
  const workspace = await workspaces.getWorkspace();
  assert.ok(workspace.body.data.workspace.id);
  const first = await sources.listSources({ count: 3 });
  assert.equal(first.body.data.sources.length, 3);
  const next = first.body.data.pagination.next;
  const second = await sources.listSources({ count: 3, cursor: next });
  assert.notEqual(second.body.data.sources[0].id, first.body.data.sources[0].id);
  const one = await sources.getSource(first.body.data.sources[0].id);
  const keys = one.body.data.source.writeKeys;
  assert.ok(keys.length > 0 && keys.every((written) => written.startsWith("kfs_")), keys.join());
}

async function change(sources) {
  const { body } = await sources.listSources({ count: 1 });
  const id = body.data.sources[0].id;
  const changed = await sources.updateSource(id, { name: "Renamed by an SDK" });
  assert.equal(changed.body.data.source.name, "Renamed by an SDK");
  await refused(() => sources.deleteSource(id), 412, "approval_required");
  await refused(() => sources.getSource("nobodys"), 404, "invalid_source_id");
}

// The library finds the reason where Segment itself would have put it.
async function refused(act, status, type) {
  const error = await act().then(() => assert.fail("it was not refused"), (error) => error);
  assert.equal(error.statusCode, status);
  assert.equal(error.body.errors[0].type, type);
  assert.ok(error.body.errors[0].message);
}
