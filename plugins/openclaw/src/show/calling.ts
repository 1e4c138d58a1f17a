/** Previews, results and the journal. */

import type { Affected, Approval, CallRecord, Change, Confirmation, Done, Preview } from "../answers.js";
import type { Names } from "../names.js";
import { isRecord } from "../problem.js";
import { block, hour, impact, inline, list, paragraphs, pointer } from "./words.js";

/** The longest body of a request that a preview shows, in characters. */
const LONGEST_BODY = 2_000;

export function showPreview(answer: Preview, names: Names): string {
  const data = answer.data ?? {};
  const on = answer.connectionId ? ` on connection ${answer.connectionId}` : "";
  const { method, url, body } = data.request ?? {};
  return paragraphs(
    `Preview of ${answer.toolName ?? "the call"}${on}. Nothing was sent.`,
    changes(data.changes ?? [], data.beforeUnavailable),
    affected(data.affected ?? [], data.affectedUnavailable),
    ["It would send:", `  ${method ?? ""} ${url ?? ""}`, ...(body ? [`  ${inline(body, LONGEST_BODY)}`] : [])],
    next(data.confirmation ?? {}, names),
  );
}

function changes(given: Change[], unavailable: string | undefined): string[] | undefined {
  if (unavailable) return [`What is there now could not be read: ${unavailable}`];
  if (given.length === 0) return undefined;
  return ["It would change:", ...list(given.map((one) => change(one).join("\n")))];
}

/** An object that comes or goes is told by its short fields: they say which one it is. */
function change({ path, from, to }: Change): string[] {
  if (to === null && isRecord(from)) return [`${pointer(path)}: gone for good`, ...short(from)];
  if (from === null && isRecord(to)) return [`${pointer(path)}: new`, ...short(to)];
  const after = to === null ? "nothing" : inline(to);
  return [`${pointer(path)}: ${from === null ? "nothing" : inline(from)} → ${after}`];
}

function short(object: Record<string, unknown>): string[] {
  const plain = Object.entries(object).filter(([, value]) => value !== null && typeof value !== "object");
  return plain.map(([name, value]) => `    ${name}: ${inline(value)}`);
}

function affected(given: Affected[], unavailable: string | undefined): string[] | undefined {
  const lines = given.map((one) => `${one.kind} ${inline(one.name)} (${one.id}): ${one.effect}`);
  if (unavailable) lines.push(`There may be more: ${unavailable}`);
  return lines.length > 0 ? ["It would also affect:", ...list(lines)] : undefined;
}

function next(confirmation: Confirmation, names: Names): string {
  switch (confirmation.needs) {
    case "none":
      return `No confirmation is needed: call ${names.callTool}.`;
    case "person":
      return paragraphs(
        ["A person has to approve this on the gateway:", `  ${confirmation.approvalUrl ?? ""}`],
        `Show the person this preview and the link, and wait: they have until ${hour(confirmation.expiresAt)}. Once they have approved, call ${names.callTool} with exactly these arguments, within ten minutes.`,
      );
    default:
      return `Show the person this preview. If they want it, call ${names.callTool} with exactly these arguments before ${hour(confirmation.expiresAt)}; it counts once.`;
  }
}

export function showDone(answer: Done): { text: string; isCut: boolean } {
  const { callId, replayed, recorded } = answer.meta ?? {};
  const on = answer.connectionId ? ` on connection ${answer.connectionId}` : "";
  const notes = [];
  if (replayed) notes.push("This is the answer of an earlier call with the same idempotencyKey; nothing was sent again.");
  if (recorded === false) notes.push("It was done, but the gateway could not write its outcome yet.");
  const result = block(answer.result);
  if (result.isCut) notes.push("To get less, give `select`: a JSON pointer in which * is every item, such as /data/sources/*/name.");
  const text = paragraphs(`Done: ${answer.toolName ?? "the call"}${on}${callId ? ` (${callId})` : ""}.`, result.text, notes);
  return { text, isCut: result.isCut };
}

const STATES: Record<string, string> = {
  intent: "is being made",
  succeeded: "was done",
  failed: "failed",
  unknown: "was sent, and nobody knows how it ended: read the state before repeating it",
  refused: "was refused; nothing was sent",
  previewed: "was previewed; nothing was sent",
};

export function showCall(call: CallRecord): string {
  const why = call.errorMessage ? `${call.errorMessage} (${call.errorCode ?? ""})` : undefined;
  return paragraphs(
    `${call.id}: ${call.tool} (${impact(call.impact)}) ${STATES[call.state] ?? call.state}.`,
    why,
    [
      ...fact("Started", call.startedAt),
      ...fact("Took", call.durationMs === undefined ? undefined : `${call.durationMs} ms`),
      ...fact("Connection", call.connectionId ?? undefined),
      ...fact("Object", call.object ?? undefined),
      ...fact("Status", call.status ?? undefined),
    ],
    call.arguments === undefined ? undefined : `Arguments: ${inline(call.arguments, LONGEST_BODY)}`,
    call.result === undefined ? undefined : ["Result:", block(call.result).text],
  );
}

function fact(name: string, value: string | number | undefined): string[] {
  return value === undefined ? [] : [`${name}: ${value}`];
}

export function showLatest(calls: CallRecord[], approvals: Approval[]): string {
  const lines = calls.map((call) => {
    const facts = [call.tool, call.state, call.errorCode, call.startedAt];
    return `${call.id}: ${facts.filter((one) => one != null).join(", ")}`;
  });
  const waiting = approvals.filter((one) => one.status === "pending" || one.status === "approved");
  return paragraphs(
    lines.length > 0 ? ["Latest calls:", ...list(lines)] : "This device has made no calls yet.",
    waiting.length > 0 ? ["Approvals:", ...list(waiting.map(approvalLine))] : undefined,
  );
}

function approvalLine(one: Approval): string {
  if (one.status === "approved") return `${one.id}: ${one.title} (${one.tool}) is approved; call it before ${hour(one.expiresAt)}`;
  return `${one.id}: ${one.title} (${one.tool}) waits for a person until ${hour(one.expiresAt)}: ${one.approvalUrl ?? ""}`;
}

export function showApproval(one: Approval): string {
  const reason = one.reason ? `\nReason: ${one.reason}` : "";
  switch (one.status) {
    case "pending":
    case "approved":
      return approvalLine(one);
    default:
      return `${one.id}: ${one.title} (${one.tool}) is ${one.status}.${reason}`;
  }
}
