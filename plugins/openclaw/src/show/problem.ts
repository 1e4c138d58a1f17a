/** What went wrong, for the agent and for the person behind it. */

import type { Problem } from "../problem.js";
import { list, paragraphs } from "./words.js";

/** The longest schema that is shown with wrong arguments, in characters. */
const LONGEST_SCHEMA = 6_000;

export function showProblem(problem: Problem): string {
  const { details, missingFields, invalidFields, inputSchema, approvalUrl, retryAfterMs, callId } = problem.more;
  const code = problem.code === "" ? "" : ` (${problem.code})`;
  return paragraphs(
    `Not done${code}: ${problem.message}`,
    details && list(details),
    approvalUrl && !problem.mend.includes(approvalUrl) ? `Approve or deny here: ${approvalUrl}` : undefined,
    problem.mend && `What to do: ${problem.mend}`,
    retryAfterMs === undefined ? undefined : `Wait ${Math.ceil(retryAfterMs / 1000)} s before trying again.`,
    fields(missingFields, invalidFields),
    inputSchema === undefined ? undefined : schema(inputSchema),
    callId && `Call ${callId}`,
  );
}

function fields(missing: string[] | undefined, invalid: string[] | undefined): string[] {
  const lines = [];
  if (missing) lines.push(`Missing: ${missing.join(", ")}`);
  if (invalid) lines.push(`Wrong: ${invalid.join(", ")}`);
  return lines;
}

function schema(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length <= LONGEST_SCHEMA ? `It takes: ${text}` : "What it takes is long: describe the tool to see it.";
}

/** What a program would act on. */
export function problemDetails({ code, more }: Problem): unknown {
  const { approvalUrl, retryAfterMs, callId } = more;
  return { ok: false, error: { code }, approvalUrl, retryAfterMs, callId };
}
