/** The plugin's own ten tools. */

import { OWN } from "../names.js";
import type { Tool } from "./make.js";
import { FORCE_NEW, INTEGRATION, LABEL, LIMIT, QUERY, TOOL, callParameters, parameters } from "./schema.js";
import * as takes from "./takes.js";

const pairing: Tool[] = [
  {
    name: OWN.beginPairing,
    label: "Keyferry: pair",
    description:
      "Pair this host with the person's Keyferry gateway, which holds the keys of their accounts (Segment and others). " +
      "Answers a link and a code that the person needs; waits in the background until they have typed it.",
    parameters: parameters({
      ...LABEL,
      startOver: { type: "boolean", description: "Give up the present pairing or code and begin anew." },
    }),
    take: takes.beginPairing,
  },
  {
    name: OWN.pairingStatus,
    label: "Keyferry: pairing status",
    description: "Tell whether this host is paired with the Keyferry gateway, for whom and with which rule; shows a waiting link and code again.",
    parameters: parameters({
      waitSeconds: { type: "integer", minimum: 0, maximum: 60, description: "Wait up to this long for the person to decide; 0 unless said." },
    }),
    take: takes.pairingStatus,
  },
  {
    name: OWN.connect,
    label: "Keyferry: connect an account",
    description:
      "Connect an account (such as Segment): answers a link where the person enters the key on the gateway's own page. " +
      "With sessionToken of an earlier answer it tells how that goes.",
    parameters: parameters({
      ...INTEGRATION,
      ...FORCE_NEW,
      sessionToken: { type: "string", description: "From an earlier answer: tells whether the person has finished." },
    }),
    take: takes.connect,
  },
];

const discovery: Tool[] = [
  {
    name: OWN.listIntegrations,
    label: "Keyferry: integrations",
    description: "List the accounts that are connected on the Keyferry gateway (Segment workspaces and others), their numbers and whether their keys work, and what could be connected.",
    parameters: parameters({
      query: { type: "string", description: "Only integrations that match this." },
      connectedOnly: { type: "boolean", description: "Leave out what is not connected." },
    }),
    take: takes.listIntegrations,
  },
  {
    name: OWN.listTools,
    label: "Keyferry: tools of an integration",
    description: "List all tools of one integration, such as segment: name, impact (read, write, high impact) and what each does.",
    parameters: parameters(INTEGRATION),
    take: takes.listTools,
  },
  {
    name: OWN.searchTools,
    label: "Keyferry: search tools",
    description: "Search the tools of connected accounts by what they should do, such as “destinations of a source”, “what do we know about a user”, “record an event”.",
    parameters: parameters({ ...QUERY, ...INTEGRATION, ...LIMIT }, ["query"]),
    take: takes.searchTools,
  },
  {
    name: OWN.describeTool,
    label: "Keyferry: describe a tool",
    description: "Describe one tool of a connected account: arguments, examples, when to use it, and what to ask the person before.",
    parameters: parameters(TOOL, ["tool"]),
    take: takes.describeTool,
  },
];

const calling: Tool[] = [
  {
    name: OWN.previewTool,
    label: "Keyferry: preview a call",
    description:
      "Preview a call: shows what would be sent and changed, and sends nothing. Needed before every write; " +
      "where a person has to approve, it answers the link for it.",
    parameters: callParameters(),
    take: takes.previewTool,
  },
  {
    name: OWN.callTool,
    foreign: true,
    label: "Keyferry: call a tool",
    description:
      "Call a tool of a connected account (Segment and others) through the Keyferry gateway, which adds the key. " +
      "Reads are done at once; a write has to be previewed with the same arguments first.",
    parameters: callParameters({
      idempotencyKey: { type: "string", maxLength: 128, description: "The same key for a repeated call: it is done once." },
      select: { type: "string", description: "A JSON pointer into the result, * is every item: /data/sources/*/name." },
    }),
    take: takes.callTool,
  },
  {
    name: OWN.getCall,
    foreign: true,
    label: "Keyferry: look a call up",
    description: "Look up a call in the gateway's journal by its id (call_…), or an approval (cnf_…): whether it was done, and how it ended. Without an id: the latest calls and the approvals that wait.",
    parameters: parameters({ callId: { type: "string", description: "call_… or cnf_…" } }),
    take: takes.getCall,
  },
];

export const OWN_TOOLS: readonly Tool[] = [...pairing, ...discovery, ...calling];
