/** What went wrong, and who mends it how. Never quotes an argument or a token. */

export class Problem extends Error {
  constructor(
    readonly code: string,
    message: string,
    /** What to do about it, in a sentence. */
    readonly mend: string,
    readonly more: More = {},
  ) {
    super(message);
    this.name = "Problem";
  }
}

/** What the gateway tells beside the sentence. */
export type More = {
  status?: number;
  details?: string[];
  missingFields?: string[];
  invalidFields?: string[];
  inputSchema?: unknown;
  approvalUrl?: string;
  retryAfterMs?: number;
  callId?: string;
};

/** The gateway's refusal in any of its three spellings: an object, a sentence, or OAuth's code. */
export function refusal(status: number, body: unknown): Problem | undefined {
  if (!isRecord(body)) return undefined;
  const more = moreOf(status, body);
  const mend = text(body["hint"]) ?? "";
  if (isRecord(body["error"])) {
    const { code, message } = body["error"];
    return new Problem(text(code) ?? "", text(message) ?? "The gateway refused.", mend, more);
  }
  const error = text(body["error"]);
  if (error === undefined) return undefined;
  const description = text(body["error_description"]);
  if (description !== undefined) return new Problem(error, description, mend, more);
  return new Problem(text(body["code"]) ?? "", error, mend, more);
}

function moreOf(status: number, body: Record<string, unknown>): More {
  const more: More = { status };
  const details = texts(body["details"]);
  const missing = texts(body["missingFields"]);
  const invalid = texts(body["invalidFields"]);
  const approvalUrl = text(body["approvalUrl"]);
  const callId = isRecord(body["meta"]) ? text(body["meta"]["callId"]) : undefined;
  if (details.length > 0) more.details = details;
  if (missing.length > 0) more.missingFields = missing;
  if (invalid.length > 0) more.invalidFields = invalid;
  if (isRecord(body["inputSchema"])) more.inputSchema = body["inputSchema"];
  if (approvalUrl !== undefined) more.approvalUrl = approvalUrl;
  if (callId !== undefined) more.callId = callId;
  if (typeof body["retryAfterMs"] === "number") more.retryAfterMs = body["retryAfterMs"];
  return more;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function texts(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  return value.map((one) => (typeof one === "string" ? one : JSON.stringify(one)));
}
