/** The plugin's own ten tools. */

import * as deeds from "../deeds.js";
import { OWN } from "../names.js";
import { callBody, label, type Tool } from "./make.js";
import { ARGUMENTS, CONNECTION, INTEGRATION, LABEL, LIMIT, TOOL, parameters } from "./schema.js";

const CALL_CONTROLS = ["connectionId", "idempotencyKey", "select"] as const;

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
    run(asking, params) {
      const [name, startOver] = [label(params), params.flag("startOver") ?? false];
      params.done(["deviceLabel", "startOver"]);
      return deeds.beginPairing(asking, name, startOver);
    },
  },
  {
    name: OWN.pairingStatus,
    label: "Keyferry: pairing status",
    description: "Tell whether this host is paired with the Keyferry gateway, for whom and with which rule; shows a waiting link and code again.",
    parameters: parameters({
      waitSeconds: { type: "integer", minimum: 0, maximum: 60, description: "Wait up to this long for the person to decide; 0 unless said." },
    }),
    run(asking, params) {
      const wait = params.integer("waitSeconds", 0, 60) ?? 0;
      params.done(["waitSeconds"]);
      return deeds.pairingStatus(asking, wait);
    },
  },
  {
    name: OWN.connect,
    label: "Keyferry: connect an account",
    description:
      "Connect an account (such as Segment): answers a link where the person enters the key on the gateway's own page. " +
      "With sessionToken of an earlier answer it tells how that goes.",
    parameters: parameters({
      ...INTEGRATION,
      forceNew: { type: "boolean", description: "A further account, although one is connected." },
      sessionToken: { type: "string", description: "From an earlier answer: tells whether the person has finished." },
    }),
    run(asking, params) {
      const token = params.text("sessionToken");
      const forceNew = params.flag("forceNew") ?? false;
      const integration = token === undefined ? params.required("integration") : (params.text("integration") ?? "");
      params.done(["integration", "forceNew", "sessionToken"]);
      return token === undefined ? deeds.connect(asking, integration, forceNew) : deeds.connecting(asking, token);
    },
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
    run(asking, params) {
      const [query, connectedOnly] = [params.text("query"), params.flag("connectedOnly")];
      params.done(["query", "connectedOnly"]);
      return deeds.integrations(asking, query, connectedOnly);
    },
  },
  {
    name: OWN.listTools,
    label: "Keyferry: tools of an integration",
    description: "List all tools of one integration, such as segment: name, impact (read, write, high impact) and what each does.",
    parameters: parameters(INTEGRATION),
    run(asking, params) {
      const integration = params.text("integration");
      params.done(["integration"]);
      return deeds.tools(asking, integration);
    },
  },
  {
    name: OWN.searchTools,
    label: "Keyferry: search tools",
    description: "Search the tools of connected accounts by what they should do, such as “destinations of a source”, “what do we know about a user”, “record an event”.",
    parameters: parameters(
      { query: { type: "string", description: "What should be done, in plain words." }, ...INTEGRATION, ...LIMIT },
      ["query"],
    ),
    run(asking, params) {
      const [query, integration, limit] = [params.required("query"), params.text("integration"), params.integer("limit", 1, 25)];
      params.done(["query", "integration", "limit"]);
      return deeds.search(asking, query, integration, limit);
    },
  },
  {
    name: OWN.describeTool,
    label: "Keyferry: describe a tool",
    description: "Describe one tool of a connected account: arguments, examples, when to use it, and what to ask the person before.",
    parameters: parameters(TOOL, ["tool"]),
    run(asking, params) {
      const tool = params.required("tool");
      params.done(["tool"]);
      return deeds.describe(asking, tool);
    },
  },
];

const calling: Tool[] = [
  {
    name: OWN.previewTool,
    label: "Keyferry: preview a call",
    description:
      "Preview a call: shows what would be sent and changed, and sends nothing. Needed before every write; " +
      "where a person has to approve, it answers the link for it.",
    parameters: parameters({ ...TOOL, ...ARGUMENTS, ...CONNECTION }, ["tool"], true),
    run(asking, params) {
      const [tool, body] = [params.required("tool"), callBody(params, ["connectionId"])];
      return deeds.preview(asking, tool, body);
    },
  },
  {
    name: OWN.callTool,
    foreign: true,
    label: "Keyferry: call a tool",
    description:
      "Call a tool of a connected account (Segment and others) through the Keyferry gateway, which adds the key. " +
      "Reads are done at once; a write has to be previewed with the same arguments first.",
    parameters: parameters(
      {
        ...TOOL,
        ...ARGUMENTS,
        ...CONNECTION,
        idempotencyKey: { type: "string", maxLength: 128, description: "The same key for a repeated call: it is done once." },
        select: { type: "string", description: "A JSON pointer into the result, * is every item: /data/sources/*/name." },
      },
      ["tool"],
      true,
    ),
    run(asking, params) {
      const [tool, body] = [params.required("tool"), callBody(params, CALL_CONTROLS)];
      return deeds.call(asking, tool, body);
    },
  },
  {
    name: OWN.getCall,
    foreign: true,
    label: "Keyferry: look a call up",
    description: "Look up a call in the gateway's journal by its id (call_…), or an approval (cnf_…): whether it was done, and how it ended. Without an id: the latest calls and the approvals that wait.",
    parameters: parameters({ callId: { type: "string", description: "call_… or cnf_…" } }),
    run(asking, params) {
      const id = params.text("callId");
      params.done(["callId"]);
      return id === undefined ? deeds.latest(asking) : deeds.recorded(asking, id);
    },
  },
];

export const OWN_TOOLS: readonly Tool[] = [...pairing, ...discovery, ...calling];
