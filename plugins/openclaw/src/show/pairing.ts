/** Pairing and connecting, as a person wants to read it. */

import type { ConnectAnswer, ConnectSession, Connection, Whoami } from "../answers.js";
import { TYPED, type Names } from "../names.js";
import type { Standing } from "../pairing.js";
import type { Pending } from "../shelf.js";
import { hour, list, paragraphs } from "./words.js";

export function showCode(pending: Pending, names: Names): string {
  const toTheAgent = names === TYPED ? "" : "Show the person the link and the code exactly as they are. ";
  return paragraphs(
    "To let this agent use your accounts, open the link, sign in, and type the code:",
    [`  Link: ${pending.link}`, `  Code: ${pending.userCode}`],
    `The device calls itself “${pending.label}”. You choose there what it may do. The code ends at ${hour(pending.until)}.`,
    `${toTheAgent}This goes on in the background; ${names.pairingStatus} says when it is done.`,
  );
}

export function showStanding(standing: Standing, names: Names): string {
  if (standing.kind === "waiting") {
    return paragraphs("Not paired yet: the code still waits for a person.", showCode(standing.pending, names));
  }
  if (standing.kind === "paired") return "Paired.";
  return `Not paired${WHY[standing.ended ?? "never"]} ${names.beginPairing} gives a link and a code.`;
}

const WHY = {
  never: ".",
  denied: ": a person said no to it. Pair again only when they want to.",
  expired: ": the code ended before anybody typed it.",
  revoked: ": the gateway has ended this device, or a person has revoked it.",
  logged_out: ": it was logged out here.",
};

export function showWhoami(base: string, me: Whoami): string {
  const ends = me.device?.expiresAt ? `, until ${me.device.expiresAt}` : "";
  const rule = RULES[me.device?.rule ?? ""] ?? "";
  return [
    `Paired with ${base} as “${me.device?.label ?? "this device"}” for ${me.user?.name ?? "a person"} in ${me.team?.name ?? "a team"}${ends}.`,
    `Rule: ${me.device?.rule ?? "unknown"}${rule}`,
  ].join("\n");
}

const RULES: Record<string, string> = {
  "read-only": " (it may read; it can't change anything)",
  approve: " (a person approves each change)",
  confirm: " (a change has to be previewed first; a person approves what has high impact)",
  trusted: " (changes are made at once; a person approves what has high impact)",
};

export function showConnection(one: Connection): string {
  const label = one.connectionLabel ? ` “${one.connectionLabel}”` : "";
  const region = one.region ? `, ${one.region}` : "";
  const state = one.authState === "active" ? "" : `; needs its key again${one.authError ? `: ${one.authError}` : ""}`;
  const keys = (one.slots ?? []).map((slot) => `${slot.name} ${slot.filled ? (slot.health?.state ?? "filled") : "empty"}`);
  return `${one.integration} ${one.id}${label}${region}${one.isDefault ? ", default" : ""}${state} (keys: ${keys.join(", ") || "none"})`;
}

export function showConnect(answer: ConnectAnswer, names: Names): string {
  const name = answer.integration ?? "the account";
  if (answer.alreadyConnected && answer.connection) {
    return paragraphs(`${name} is connected already:`, list([showConnection(answer.connection)]));
  }
  return paragraphs(
    `To connect ${name}, open this link and enter the key there. It is typed into the gateway's own page; never into this chat.`,
    `  ${answer.connectUrl ?? ""}`,
    `The link ends at ${hour(answer.expiresAt)}.`,
    `Give the person the link. To see how it goes: ${names.connectStatus} with sessionToken ${answer.sessionToken ?? ""}`,
  );
}

export function showConnecting(answer: ConnectSession): string {
  const { status, integration, connectionId, errorMessage, expiresAt } = answer.session ?? {};
  const name = integration ?? "The account";
  switch (status) {
    case "connected":
      return `${name} is connected${connectionId ? ` as connection ${connectionId}` : ""}.`;
    case "awaiting_user_action":
      return `${name} is not connected yet: the person has not finished. The link ends at ${hour(expiresAt)}.`;
    case "expired":
      return `${name} was not connected: the link has ended. Ask for a new one.`;
    default:
      return `${name} was not connected: ${errorMessage ?? status ?? "the gateway does not say why"}.`;
  }
}
