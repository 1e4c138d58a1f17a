/**
 * What the tools and the command do, whichever name they were called by. Each answers a text, and beside it the few facts
 * that a program would act on: hosts give both to the model, so the facts don't repeat the text.
 */

import type { Whoami } from "./answers.js";
import type { CallBody } from "./gateway.js";
import type { Names } from "./names.js";
import type { Plugin } from "./plugin.js";
import { Problem } from "./problem.js";
import { showApproval, showCall, showDone, showLatest, showPreview } from "./show/calling.js";
import { showIntegrations, showTool, showTools } from "./show/discovery.js";
import { showCode, showConnect, showConnecting, showStanding, showWhoami } from "./show/pairing.js";

export type Told = { text: string; details: unknown };

/** Who asks: which plugin, by which names, and until when. */
export type Asking = { plugin: Plugin; names: Names; signal: AbortSignal | undefined };

/** What the device calls itself; the gateway takes 80 characters. */
export function deviceLabel(given: string | undefined): string {
  return (given || "OpenClaw").slice(0, 80);
}

export async function beginPairing({ plugin, names, signal }: Asking, label: string, startOver: boolean): Promise<Told> {
  const me = startOver ? undefined : await whoAmI(plugin, signal);
  if (me) {
    const text = `${showWhoami(plugin.wire.base(), me)}\n\nThere is no need to pair again.`;
    return { text, details: { ok: true, state: "paired" } };
  }
  if (startOver) await plugin.session.logOut();
  const pending = await plugin.pairing.begin(label, startOver, signal);
  const { link, userCode, until } = pending;
  const details = { ok: true, state: "waiting", link, code: userCode, expiresAt: new Date(until).toISOString() };
  return { text: showCode(pending, names), details };
}

export async function pairingStatus({ plugin, names, signal }: Asking, waitSeconds: number): Promise<Told> {
  const standing = await plugin.pairing.settled(waitSeconds * 1000, signal);
  if (standing.kind === "paired") {
    const me = await plugin.gateway.whoami(signal);
    return { text: showWhoami(plugin.wire.base(), me), details: { ok: true, state: "paired" } };
  }
  const text = showStanding(standing, names);
  if (standing.kind === "unpaired") return { text, details: { ok: true, state: "unpaired", ended: standing.ended ?? null } };
  const { link, userCode, until } = standing.pending;
  const expiresAt = new Date(until).toISOString();
  return { text, details: { ok: true, state: "waiting", link, code: userCode, expiresAt } };
}

/** Nobody, when this host is not paired or not any more. */
async function whoAmI(plugin: Plugin, signal: AbortSignal | undefined): Promise<Whoami | undefined> {
  if ((await plugin.pairing.standing()).kind !== "paired") return undefined;
  try {
    return await plugin.gateway.whoami(signal);
  } catch (error) {
    if (error instanceof Problem && error.code === "not_paired") return undefined;
    throw error;
  }
}

export async function connect({ plugin, names, signal }: Asking, integration: string, forceNew: boolean): Promise<Told> {
  const answer = await plugin.gateway.connect(integration.toLowerCase(), !forceNew, signal);
  const { alreadyConnected = false, connectUrl, sessionToken, expiresAt, connection } = answer;
  const details = { ok: true, alreadyConnected, connectionId: connection?.id, connectUrl, sessionToken, expiresAt };
  return { text: showConnect(answer, names), details };
}

export async function connecting({ plugin, signal }: Asking, sessionToken: string): Promise<Told> {
  const answer = await plugin.gateway.connecting(sessionToken, signal);
  return { text: showConnecting(answer), details: { ok: true, status: answer.session?.status, connectionId: answer.session?.connectionId } };
}

export async function integrations({ plugin, names, signal }: Asking, query?: string, connectedOnly = false): Promise<Told> {
  const answer = await plugin.gateway.integrations(query, connectedOnly, signal);
  const connections = (answer.integrations ?? []).map(({ id, integration }) => ({ id, integration }));
  return { text: showIntegrations(answer, names), details: { ok: true, connections } };
}

export async function tools({ plugin, names, signal }: Asking, integration: string | undefined): Promise<Told> {
  const found = await plugin.gateway.tools(integration?.toLowerCase(), signal);
  const what = integration === undefined ? "of all integrations" : `of ${integration}`;
  return { text: showTools(found, what, names), details: { ok: true, count: found.length } };
}

export async function search(
  { plugin, names, signal }: Asking,
  query: string,
  integration: string | undefined,
  limit: number | undefined,
): Promise<Told> {
  const found = await plugin.gateway.search(query, integration?.toLowerCase(), limit, signal);
  return { text: showTools(found, `for “${query}”`, names), details: { ok: true, count: found.length } };
}

export async function describe({ plugin, names, signal }: Asking, tool: string): Promise<Told> {
  const description = await plugin.gateway.describe(tool, signal);
  return { text: showTool(description, names), details: { ok: true, tool: description.name, impact: description.impact } };
}

export async function preview({ plugin, names, signal }: Asking, tool: string, body: CallBody): Promise<Told> {
  const answer = await plugin.gateway.preview(tool, body, signal);
  const { toolName, connectionId, data } = answer;
  return { text: showPreview(answer, names), details: { ok: true, toolName, connectionId, confirmation: data?.confirmation } };
}

export async function call({ plugin, signal }: Asking, tool: string, body: CallBody): Promise<Told> {
  const answer = await plugin.gateway.execute(tool, body, signal);
  const { toolName, connectionId, meta } = answer;
  const { text, isCut } = showDone(answer);
  return { text, details: { ok: true, toolName, connectionId, callId: meta?.callId, resultCut: isCut } };
}

export async function latest({ plugin, signal }: Asking): Promise<Told> {
  const [calls, approvals] = await Promise.all([plugin.gateway.latestCalls(signal), plugin.gateway.approvals(signal)]);
  return { text: showLatest(calls, approvals), details: { ok: true, calls: calls.map((one) => one.id) } };
}

/** A call of the journal, or an approval, by its id. */
export async function recorded({ plugin, signal }: Asking, id: string): Promise<Told> {
  if (!id.startsWith("cnf_")) {
    const found = await plugin.gateway.call(id, signal);
    return { text: showCall(found), details: { ok: true, callId: found.id, state: found.state } };
  }
  const approval = (await plugin.gateway.approvals(signal)).find((one) => one.id === id);
  if (!approval) throw new Problem("not_found", "This device has no such approval.", "Without an id, the latest calls and approvals are listed.");
  return { text: showApproval(approval), details: { ok: true, approvalId: id, status: approval.status } };
}
