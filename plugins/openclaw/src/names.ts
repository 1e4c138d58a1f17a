/** The tools' names. A text names the tools of the family that was called. */

export type Names = {
  beginPairing: string;
  pairingStatus: string;
  connect: string;
  connectStatus: string;
  listIntegrations: string;
  listTools: string;
  searchTools: string;
  describeTool: string;
  previewTool: string;
  callTool: string;
  getCall: string;
};

export const OWN: Names = {
  beginPairing: "keyferry_begin_pairing",
  pairingStatus: "keyferry_pairing_status",
  connect: "keyferry_connect",
  connectStatus: "keyferry_connect",
  listIntegrations: "keyferry_list_integrations",
  listTools: "keyferry_list_tools",
  searchTools: "keyferry_search_tools",
  describeTool: "keyferry_describe_tool",
  previewTool: "keyferry_preview_tool",
  callTool: "keyferry_call_tool",
  getCall: "keyferry_get_call",
};

/** What a person types instead of calling a tool, where there is something to type. */
export const TYPED: Names = { ...OWN, beginPairing: "/keyferry pair", pairingStatus: "/keyferry" };

/** ClawLink's, so that its skills run as they are. It has none for `getCall`. */
export const COMPAT: Names = {
  beginPairing: "clawlink_begin_pairing",
  pairingStatus: "clawlink_get_pairing_status",
  connect: "clawlink_start_connection",
  connectStatus: "clawlink_get_connection_status",
  listIntegrations: "clawlink_list_integrations",
  listTools: "clawlink_list_tools",
  searchTools: "clawlink_search_tools",
  describeTool: "clawlink_describe_tool",
  previewTool: "clawlink_preview_tool",
  callTool: "clawlink_call_tool",
  getCall: OWN.getCall,
};
