/** One request to the gateway and its answer. */

import { OWN } from "./names.js";
import { Problem, refusal } from "./problem.js";
import { gatewayUrl } from "./settings.js";

export const PROGRAM = "openclaw-keyferry";
const USER_AGENT = "keyferry-openclaw/0.1.0";
/** Longer than the gateway's own deadline for a call. */
const TIMEOUT_MS = 120_000;

export type Ask = {
  method: "GET" | "POST";
  path: string[];
  query?: Record<string, string | undefined>;
  json?: unknown;
  form?: Record<string, string>;
  token?: string;
  signal?: AbortSignal | undefined;
};

export class Wire {
  constructor(
    private readonly baseUrl: string,
    private readonly fetch: typeof globalThis.fetch,
  ) {}

  /** The gateway's address, checked. Throws a `Problem` when it is none that a token may go to. */
  base(): string {
    return gatewayUrl(this.baseUrl);
  }

  /** The answer's body; throws a `Problem` for everything that is not a success. */
  async send(ask: Ask): Promise<unknown> {
    const base = this.base();
    const deadline = AbortSignal.timeout(TIMEOUT_MS);
    const signal = ask.signal ? AbortSignal.any([ask.signal, deadline]) : deadline;
    let status: number;
    let text: string;
    try {
      const response = await this.fetch(address(base, ask), { ...request(ask), signal });
      status = response.status;
      text = await response.text();
    } catch (error) {
      if (ask.signal?.aborted) throw new Problem("cancelled", "The call was cancelled.", maybeSent(ask));
      if (deadline.aborted) throw new Problem("gateway_timeout", `The gateway at ${base} did not answer in time.`, maybeSent(ask));
      throw new Problem("gateway_unreachable", `No Keyferry answers at ${base}: ${reason(error)}.`, unreachable(ask));
    }
    return read(base, status, text);
  }
}

function read(base: string, status: number, text: string): unknown {
  const body = parsed(text);
  if (status >= 200 && status < 300 && body !== undefined) return body;
  // OAuth's revocation has nothing to say.
  if (status === 200 && text === "") return null;
  const refused = status >= 400 ? refusal(status, body) : undefined;
  if (refused) throw refused;
  throw new Problem(
    "not_keyferry",
    `What answers at ${base} is not a Keyferry: status ${status}.`,
    "Check plugins.entries.keyferry.config.baseUrl.",
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function address(base: string, ask: Ask): string {
  const url = new URL(`${base}/${ask.path.map(encodeURIComponent).join("/")}`);
  for (const [name, value] of Object.entries(ask.query ?? {})) {
    if (value !== undefined) url.searchParams.set(name, value);
  }
  return url.href;
}

function request(ask: Ask): RequestInit {
  const headers: Record<string, string> = { accept: "application/json", "user-agent": USER_AGENT };
  if (ask.token !== undefined) headers["authorization"] = `Bearer ${ask.token}`;
  // A redirect could carry the token elsewhere.
  const init: RequestInit = { method: ask.method, headers, redirect: "error" };
  if (ask.form) return { ...init, body: new URLSearchParams(ask.form) };
  if (ask.json === undefined) return init;
  headers["content-type"] = "application/json";
  return { ...init, body: JSON.stringify(ask.json) };
}

function reason(error: unknown): string {
  let deepest = error;
  while (deepest instanceof Error && deepest.cause !== undefined) deepest = deepest.cause;
  if (deepest instanceof Error) return "code" in deepest ? String(deepest.code) : deepest.message;
  return String(deepest);
}

const START = "Start the gateway (`keyferry serve`), or set plugins.entries.keyferry.config.baseUrl to where it is.";
const LOOK = `It may have been done: look at the latest calls (${OWN.getCall} without an id) before you repeat it.`;

function maybeSent(ask: Ask): string {
  return ask.path.at(-1) === "execute" ? LOOK : "Try again.";
}

function unreachable(ask: Ask): string {
  return ask.path.at(-1) === "execute" ? `${START} ${LOOK}` : START;
}
