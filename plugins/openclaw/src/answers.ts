/** What the gateway answers, as far as it is shown. Everything may be absent: a newer gateway may say it otherwise. */

export type Whoami = {
  user?: { name?: string };
  team?: { name?: string; role?: string };
  device?: { label?: string; rule?: string; expiresAt?: string | null };
};

export type Slot = { name: string; label?: string; filled?: boolean; health?: { state?: string; message?: string } };

export type Connection = {
  id: number;
  integration: string;
  connectionLabel?: string | null;
  isDefault?: boolean;
  authState?: string;
  authError?: string | null;
  region?: string;
  slots?: Slot[];
};

export type IntegrationItem = { slug: string; name: string; connected?: boolean; toolCount?: number; description?: string };

export type Integrations = { integrations?: Connection[]; items?: IntegrationItem[] };

export type BriefTool = { name: string; impact: string; summary: string; why?: string };

export type BriefTools = { tools?: BriefTool[] };

export type ToolDescription = BriefTool & {
  title?: string;
  description?: string;
  inputSchema?: unknown;
  policyReason?: string | null;
  whenToUse?: string[];
  askBefore?: string[];
  examples?: { user?: string; args?: unknown }[];
  prerequisites?: string[];
  followups?: string[];
  idempotent?: boolean;
  connections?: Connection[];
};

export type Change = { path: string; from: unknown; to: unknown };

export type Affected = { kind: string; id: string; name: string; effect: string };

export type Confirmation = { id?: string; expiresAt?: string; needs?: string; approvalUrl?: string };

export type PreviewData = {
  request?: { method?: string; url?: string; body?: unknown };
  policyReason?: string | null;
  beforeUnavailable?: string;
  changes?: Change[];
  affected?: Affected[];
  affectedUnavailable?: string;
  confirmation?: Confirmation;
};

export type Preview = { toolName?: string; connectionId?: number | null; args?: unknown; data?: PreviewData };

export type Done = {
  toolName?: string;
  connectionId?: number | null;
  result?: unknown;
  meta?: { callId?: string; durationMs?: number; replayed?: boolean; recorded?: boolean };
};

export type ConnectAnswer = {
  alreadyConnected?: boolean;
  connection?: Connection;
  integration?: string;
  connectUrl?: string;
  sessionToken?: string;
  displayCode?: string;
  expiresAt?: string;
};

export type ConnectSession = {
  session?: { status?: string; integration?: string; connectionId?: number | null; errorMessage?: string | null; expiresAt?: string };
};

export type CallRecord = {
  id: string;
  tool: string;
  impact?: string;
  state: string;
  status?: number | null;
  connectionId?: number | null;
  errorCode?: string | null;
  errorMessage?: string | null;
  object?: string | null;
  startedAt?: string;
  durationMs?: number;
  arguments?: unknown;
  result?: unknown;
};

export type Approval = {
  id: string;
  status: string;
  tool: string;
  title: string;
  impact?: string;
  connectionLabel?: string;
  connectionId?: number | null;
  expiresAt?: string;
  approvalUrl?: string;
  reason?: string;
};
