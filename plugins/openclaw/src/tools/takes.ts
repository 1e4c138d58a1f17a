/**
 * What a tool takes of its parameters and does with them, by whichever family's name it is called. The tool's schema says
 * which of these parameters it has; those that it has not are read as absent.
 */

import * as deeds from "../deeds.js";
import type { CallBody } from "../gateway.js";
import type { Params } from "../params.js";

/** Reads all parameters first; what it answers is done only when none of them was wrong. */
export type Take = (params: Params) => (asking: deeds.Asking) => Promise<deeds.Told>;

export const beginPairing: Take = (params) => {
  const label = deeds.deviceLabel(params.text("deviceLabel"));
  const startOver = params.flag("startOver") ?? false;
  return (asking) => deeds.beginPairing(asking, label, startOver);
};

export const pairingStatus: Take = (params) => {
  const wait = params.integer("waitSeconds") ?? 0;
  return (asking) => deeds.pairingStatus(asking, wait);
};

export const connect: Take = (params) => {
  const token = params.text("sessionToken");
  const integration = token === undefined ? params.required("integration") : "";
  const forceNew = params.flag("forceNew") ?? false;
  return (asking) => (token === undefined ? deeds.connect(asking, integration, forceNew) : deeds.connecting(asking, token));
};

export const listIntegrations: Take = (params) => {
  const [query, connectedOnly] = [params.text("query"), params.flag("connectedOnly")];
  return (asking) => deeds.integrations(asking, query, connectedOnly);
};

export const listTools: Take = (params) => {
  const integration = params.text("integration");
  return (asking) => deeds.tools(asking, integration);
};

export const searchTools: Take = (params) => {
  const [query, integration, limit] = [params.required("query"), params.text("integration"), params.integer("limit")];
  return (asking) => deeds.search(asking, query, integration, limit);
};

export const describeTool: Take = (params) => {
  const tool = params.required("tool");
  return (asking) => deeds.describe(asking, tool);
};

export const previewTool: Take = (params) => {
  const [tool, body] = [params.required("tool"), callBody(params)];
  return (asking) => deeds.preview(asking, tool, body);
};

export const callTool: Take = (params) => {
  const [tool, body] = [params.required("tool"), callBody(params)];
  return (asking) => deeds.call(asking, tool, body);
};

export const getCall: Take = (params) => {
  const id = params.text("callId");
  return (asking) => (id === undefined ? deeds.latest(asking) : deeds.recorded(asking, id));
};

/** The gateway's body for a preview or a call. Without `arguments`, all that is no parameter of the tool is an argument. */
function callBody(params: Params): CallBody {
  const controls = {
    connectionId: params.integer("connectionId"),
    idempotencyKey: params.text("idempotencyKey"),
    select: params.text("select"),
    confirmed: params.flag("confirmed"),
  };
  const given = Object.entries(controls).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(given), arguments: params.object("arguments") ?? params.others() };
}
