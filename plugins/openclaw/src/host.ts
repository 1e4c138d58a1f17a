/**
 * What this plugin uses of its host, and nothing else of it. The host's own types are wider; `test/e2e` checks that these
 * fit them.
 */

export type Property = {
  type: string;
  description: string;
  minimum?: number;
  maximum?: number;
  maxLength?: number;
  additionalProperties?: boolean;
};

export type JsonSchema = {
  type: "object";
  additionalProperties: boolean;
  required: string[];
  properties: Record<string, Property>;
};

export type ToolResult = { content: { type: "text"; text: string }[]; details: unknown };

export type HostTool = {
  name: string;
  label: string;
  description: string;
  parameters: JsonSchema;
  /** What it answers comes from outside, so the host keeps it out of what it remembers as trusted. */
  resultContentSource?: "network";
  execute(toolCallId: string, params: unknown, signal?: AbortSignal): Promise<ToolResult>;
};

export type HostCommand = {
  name: string;
  description: string;
  acceptsArgs: boolean;
  handler(context: { args?: string }): Promise<{ text: string }>;
};

export type ToolCall = { toolName: string; params: Record<string, unknown> };

/** What a person is asked on the host's side. The host's limits: 80 characters, 512 characters, ten minutes. */
export type Question = {
  requireApproval: {
    title: string;
    description: string;
    severity: "critical";
    allowedDecisions: ("allow-once" | "deny")[];
    timeoutMs: number;
  };
};

export type Log = { info(message: string): void; warn(message: string): void; error(message: string): void };

export type Host = {
  pluginConfig?: Record<string, unknown>;
  logger: Log;
  runtime: { state: { resolveStateDir(): string } };
  lifecycle: { onDispose?: (dispose: () => void) => unknown };
  registerTool(tool: HostTool): void;
  registerCommand(command: HostCommand): void;
  registerService(service: { id: string; start(): Promise<void>; stop(): void }): void;
  on(
    hook: "before_tool_call",
    handler: (event: ToolCall, context: { abortSignal?: AbortSignal }) => Promise<Question | undefined>,
    options: { matcher: [string, ...string[]]; timeoutMs: number },
  ): void;
};
