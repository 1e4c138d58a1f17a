/** ClawLink's ten tools, with its names and parameters, over the same gateway. */

import * as deeds from "../deeds.js";
import { COMPAT } from "../names.js";
import { callBody, label, type Tool } from "./make.js";
import { ARGUMENTS, CONNECTION, INTEGRATION, LABEL, LIMIT, TOOL, parameters } from "./schema.js";

const pairing: Tool[] = [
  {
    name: COMPAT.beginPairing,
    label: "ClawLink: pair",
    description: "Pair this host with the person's gateway: answers a link and a code for them. (Served by Keyferry.)",
    parameters: parameters(LABEL),
    run(asking, params) {
      const name = label(params);
      params.done(["deviceLabel"]);
      return deeds.beginPairing(asking, name, false);
    },
  },
  {
    name: COMPAT.pairingStatus,
    label: "ClawLink: pairing status",
    description: "Tell whether this host is paired; a waiting link and code are shown again. (Served by Keyferry.)",
    parameters: parameters({}),
    run(asking, params) {
      params.done([]);
      return deeds.pairingStatus(asking, 0);
    },
  },
  {
    name: COMPAT.connect,
    label: "ClawLink: connect an account",
    description: "Connect an account: answers a link where the person enters its key. (Served by Keyferry.)",
    parameters: parameters(
      { ...INTEGRATION, forceNew: { type: "boolean", description: "A further account, although one is connected." } },
      ["integration"],
    ),
    run(asking, params) {
      const [integration, forceNew] = [params.required("integration"), params.flag("forceNew") ?? false];
      params.done(["integration", "forceNew"]);
      return deeds.connect(asking, integration, forceNew);
    },
  },
  {
    name: COMPAT.connectStatus,
    label: "ClawLink: connection status",
    description: "Tell whether the person has finished connecting, by the sessionToken of the link. (Served by Keyferry.)",
    parameters: parameters({ sessionToken: { type: "string", description: "From the answer with the link." } }, ["sessionToken"]),
    run(asking, params) {
      const token = params.required("sessionToken");
      params.done(["sessionToken"]);
      return deeds.connecting(asking, token);
    },
  },
];

const discovery: Tool[] = [
  {
    name: COMPAT.listIntegrations,
    label: "ClawLink: integrations",
    description: "List the accounts that are connected, and what could be. (Served by Keyferry.)",
    parameters: parameters({}),
    run(asking, params) {
      params.done([]);
      return deeds.integrations(asking);
    },
  },
  {
    name: COMPAT.listTools,
    label: "ClawLink: tools of an integration",
    description: "List the tools of one connected integration, such as segment. (Served by Keyferry.)",
    parameters: parameters(INTEGRATION, ["integration"]),
    run(asking, params) {
      const integration = params.required("integration");
      params.done(["integration"]);
      return deeds.tools(asking, integration);
    },
  },
  {
    name: COMPAT.searchTools,
    label: "ClawLink: search tools",
    description: "Search tools by what they should do. (Served by Keyferry.)",
    parameters: parameters({ query: { type: "string", description: "What should be done." }, ...INTEGRATION, ...LIMIT }, ["query"]),
    run(asking, params) {
      const [query, integration, limit] = [params.required("query"), params.text("integration"), params.integer("limit", 1, 25)];
      params.done(["query", "integration", "limit"]);
      return deeds.search(asking, query, integration, limit);
    },
  },
  {
    name: COMPAT.describeTool,
    label: "ClawLink: describe a tool",
    description: "Describe one tool: arguments, examples, what to ask before. (Served by Keyferry.)",
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
    name: COMPAT.previewTool,
    label: "ClawLink: preview a call",
    description: "Show what a call would send and change; sends nothing. Needed before every write. (Served by Keyferry.)",
    parameters: parameters({ ...TOOL, ...ARGUMENTS, ...CONNECTION }, ["tool"], true),
    run(asking, params) {
      const [tool, body] = [params.required("tool"), callBody(params, ["connectionId"])];
      return deeds.preview(asking, tool, body);
    },
  },
  {
    name: COMPAT.callTool,
    foreign: true,
    label: "ClawLink: call a tool",
    description: "Call a tool of a connected account; a write has to be previewed with the same arguments first. (Served by Keyferry.)",
    parameters: parameters(
      {
        ...TOOL,
        ...ARGUMENTS,
        ...CONNECTION,
        confirmed: { type: "boolean", description: "Taken, and changes nothing: only a preview or a person confirms." },
      },
      ["tool"],
      true,
    ),
    run(asking, params) {
      const [tool, body] = [params.required("tool"), callBody(params, ["connectionId", "confirmed"])];
      return deeds.call(asking, tool, body);
    },
  },
];

export const COMPAT_TOOLS: readonly Tool[] = [...pairing, ...discovery, ...calling];
