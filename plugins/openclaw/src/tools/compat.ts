/** ClawLink's ten tools, with its names and parameters, over the same gateway. */

import { COMPAT } from "../names.js";
import type { Tool } from "./make.js";
import { FORCE_NEW, INTEGRATION, LABEL, LIMIT, QUERY, TOOL, callParameters, parameters } from "./schema.js";
import * as takes from "./takes.js";

const pairing: Tool[] = [
  {
    name: COMPAT.beginPairing,
    label: "ClawLink: pair",
    description: "Pair this host with the person's gateway: answers a link and a code for them. (Served by Keyferry.)",
    parameters: parameters(LABEL),
    take: takes.beginPairing,
  },
  {
    name: COMPAT.pairingStatus,
    label: "ClawLink: pairing status",
    description: "Tell whether this host is paired; a waiting link and code are shown again. (Served by Keyferry.)",
    parameters: parameters({}),
    take: takes.pairingStatus,
  },
  {
    name: COMPAT.connect,
    label: "ClawLink: connect an account",
    description: "Connect an account: answers a link where the person enters its key. (Served by Keyferry.)",
    parameters: parameters({ ...INTEGRATION, ...FORCE_NEW }, ["integration"]),
    take: takes.connect,
  },
  {
    name: COMPAT.connectStatus,
    label: "ClawLink: connection status",
    description: "Tell whether the person has finished connecting, by the sessionToken of the link. (Served by Keyferry.)",
    parameters: parameters({ sessionToken: { type: "string", description: "From the answer with the link." } }, ["sessionToken"]),
    take: takes.connect,
  },
];

const discovery: Tool[] = [
  {
    name: COMPAT.listIntegrations,
    label: "ClawLink: integrations",
    description: "List the accounts that are connected, and what could be. (Served by Keyferry.)",
    parameters: parameters({}),
    take: takes.listIntegrations,
  },
  {
    name: COMPAT.listTools,
    label: "ClawLink: tools of an integration",
    description: "List the tools of one connected integration, such as segment. (Served by Keyferry.)",
    parameters: parameters(INTEGRATION, ["integration"]),
    take: takes.listTools,
  },
  {
    name: COMPAT.searchTools,
    label: "ClawLink: search tools",
    description: "Search tools by what they should do. (Served by Keyferry.)",
    parameters: parameters({ ...QUERY, ...INTEGRATION, ...LIMIT }, ["query"]),
    take: takes.searchTools,
  },
  {
    name: COMPAT.describeTool,
    label: "ClawLink: describe a tool",
    description: "Describe one tool: arguments, examples, what to ask before. (Served by Keyferry.)",
    parameters: parameters(TOOL, ["tool"]),
    take: takes.describeTool,
  },
];

const calling: Tool[] = [
  {
    name: COMPAT.previewTool,
    label: "ClawLink: preview a call",
    description: "Show what a call would send and change; sends nothing. Needed before every write. (Served by Keyferry.)",
    parameters: callParameters(),
    take: takes.previewTool,
  },
  {
    name: COMPAT.callTool,
    foreign: true,
    label: "ClawLink: call a tool",
    description: "Call a tool of a connected account; a write has to be previewed with the same arguments first. (Served by Keyferry.)",
    parameters: callParameters({
      confirmed: { type: "boolean", description: "Taken, and changes nothing: only a preview or a person confirms." },
    }),
    take: takes.callTool,
  },
];

export const COMPAT_TOOLS: readonly Tool[] = [...pairing, ...discovery, ...calling];
