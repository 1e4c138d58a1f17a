/** The gateway's API, one method for each route that the tools use. */

import type {
  Approval,
  BriefTool,
  BriefTools,
  CallRecord,
  ConnectAnswer,
  ConnectSession,
  Done,
  Integrations,
  Preview,
  ToolDescription,
  Whoami,
} from "./answers.js";
import type { Session } from "./session.js";
import type { Wire } from "./wire.js";

/** What previewing and calling take. Without `arguments` everything beside it is an argument, as the gateway reads it. */
export type CallBody = Record<string, unknown>;

type Signal = AbortSignal | undefined;

export class Gateway {
  constructor(
    private readonly wire: Wire,
    private readonly session: Session,
  ) {}

  async whoami(signal?: Signal): Promise<Whoami> {
    return (await this.get(["agent", "whoami"], {}, signal)) as Whoami;
  }

  async integrations(query: string | undefined, connectedOnly: boolean, signal: Signal): Promise<Integrations> {
    const filter = { query, connected_only: connectedOnly ? "true" : undefined, page_size: "100" };
    return (await this.get(["integrations"], filter, signal)) as Integrations;
  }

  async tools(integration: string | undefined, signal: Signal): Promise<BriefTool[]> {
    const answer = (await this.get(["tools"], { integration, view: "brief" }, signal)) as BriefTools;
    return answer.tools ?? [];
  }

  async search(query: string, integration: string | undefined, limit: number | undefined, signal: Signal): Promise<BriefTool[]> {
    const asked = { query, integration, limit: limit?.toString(), view: "brief" };
    const answer = (await this.get(["tools", "search"], asked, signal)) as BriefTools;
    return answer.tools ?? [];
  }

  async describe(tool: string, signal: Signal): Promise<ToolDescription> {
    return ((await this.get(["tools", tool], {}, signal)) as { tool: ToolDescription }).tool;
  }

  async brief(tool: string, signal: Signal): Promise<BriefTool> {
    return (await this.get(["tools", tool], { view: "brief" }, signal)) as BriefTool;
  }

  async preview(tool: string, body: CallBody, signal: Signal): Promise<Preview> {
    return (await this.post(["tools", tool, "preview"], body, signal)) as Preview;
  }

  async execute(tool: string, body: CallBody, signal: Signal): Promise<Done> {
    return (await this.post(["tools", tool, "execute"], body, signal)) as Done;
  }

  async call(id: string, signal: Signal): Promise<CallRecord> {
    return (await this.get(["calls", id], {}, signal)) as CallRecord;
  }

  async latestCalls(signal: Signal): Promise<CallRecord[]> {
    const answer = (await this.get(["calls"], { limit: "10" }, signal)) as { calls?: CallRecord[] };
    return answer.calls ?? [];
  }

  async approvals(signal: Signal): Promise<Approval[]> {
    const answer = (await this.get(["approvals"], {}, signal)) as { approvals?: Approval[] };
    return answer.approvals ?? [];
  }

  async connect(integration: string, reuse: boolean, signal: Signal): Promise<ConnectAnswer> {
    const body = { integration, reuseIfConnected: reuse };
    return (await this.post(["connect", "start"], body, signal)) as ConnectAnswer;
  }

  /** By the link's own token; it reads the state and nothing else. */
  async connecting(sessionToken: string, signal: Signal): Promise<ConnectSession> {
    const path = ["api", "connect", "sessions", sessionToken];
    return (await this.wire.send({ method: "GET", path, signal })) as ConnectSession;
  }

  private get(path: string[], query: Record<string, string | undefined>, signal: Signal): Promise<unknown> {
    return this.session.send({ method: "GET", path: ["api", ...path], query, signal });
  }

  private post(path: string[], json: unknown, signal: Signal): Promise<unknown> {
    return this.session.send({ method: "POST", path: ["api", ...path], json, signal });
  }
}
