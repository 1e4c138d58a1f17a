/** Parameters that several tools take. */

import type { JsonSchema } from "../host.js";

type Properties = JsonSchema["properties"];

export function parameters(properties: Properties, required: string[] = []): JsonSchema {
  return { type: "object", additionalProperties: false, required, properties };
}

/** Of a tool that previews or calls: its arguments may also stand beside its own parameters. */
export function callParameters(more: Properties = {}): JsonSchema {
  const properties = { ...TOOL, ...ARGUMENTS, ...CONNECTION, ...more };
  return { type: "object", additionalProperties: true, required: ["tool"], properties };
}

export const TOOL: Properties = {
  tool: { type: "string", description: "The tool's exact name, such as segment_list_sources." },
};

const CONNECTION: Properties = {
  connectionId: {
    type: "integer",
    minimum: 1,
    description: "The connection's number, when there are several of one integration; the list of integrations has it.",
  },
};

const ARGUMENTS: Properties = {
  arguments: { type: "object", additionalProperties: true, description: "The tool's arguments, as its description tells them." },
};

export const INTEGRATION: Properties = {
  integration: { type: "string", description: "The integration's short name, such as segment." },
};

export const QUERY: Properties = {
  query: { type: "string", description: "What should be done, in plain words." },
};

export const LIMIT: Properties = {
  limit: { type: "integer", minimum: 1, maximum: 25, description: "How many tools at most; 10 unless said." },
};

export const LABEL: Properties = {
  deviceLabel: { type: "string", description: "What this host is called on the gateway's pages; OpenClaw unless said." },
};

export const FORCE_NEW: Properties = {
  forceNew: { type: "boolean", description: "A further account, although one is connected." },
};
