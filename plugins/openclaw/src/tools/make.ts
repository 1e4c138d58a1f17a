/** A tool for the host from what it is called and what it does. */

import { DEFAULT_LABEL, type Asking, type Told } from "../deeds.js";
import type { CallBody } from "../gateway.js";
import type { HostTool, JsonSchema } from "../host.js";
import type { Names } from "../names.js";
import { Params } from "../params.js";
import type { Plugin } from "../plugin.js";
import { Problem } from "../problem.js";
import { problemDetails, showProblem } from "../show/problem.js";

export type Tool = {
  name: string;
  label: string;
  description: string;
  parameters: JsonSchema;
  /** Whether it answers what an account holds, in full: texts that anybody may have written. The host marks it as such. */
  foreign?: true;
  run(asking: Asking, params: Params): Promise<Told>;
};

export function hostTool(plugin: Plugin, names: Names, tool: Tool): HostTool {
  const { name, label, description, parameters } = tool;
  return {
    name,
    label,
    description,
    parameters,
    ...(tool.foreign ? { resultContentSource: "network" } : {}),
    async execute(_id, given, signal) {
      const told = await mended(() => tool.run({ plugin, names, signal }, new Params(name, given)));
      return { content: [{ type: "text", text: told.text }], details: told.details };
    },
  };
}

/** A refusal is an answer: thrown, its mend would be lost on some of the host's ways. */
async function mended(run: () => Promise<Told>): Promise<Told> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { text: showProblem(error), details: problemDetails(error) };
  }
}

/** The gateway's body for a preview or a call. Without `arguments`, all that is no control is an argument. */
export function callBody(params: Params, controls: readonly string[]): CallBody {
  const body: CallBody = {};
  const connectionId = params.integer("connectionId", 1, Number.MAX_SAFE_INTEGER);
  if (connectionId !== undefined) body["connectionId"] = connectionId;
  if (controls.includes("idempotencyKey")) copy(body, "idempotencyKey", params.text("idempotencyKey"));
  if (controls.includes("select")) copy(body, "select", params.text("select"));
  if (controls.includes("confirmed")) copy(body, "confirmed", params.flag("confirmed"));
  const given = params.object("arguments");
  const known = ["tool", "arguments", ...controls];
  body["arguments"] = given ?? params.others(known);
  params.done(given ? known : [...known, ...Object.keys(params.others(known))]);
  return body;
}

function copy(body: CallBody, name: string, value: unknown): void {
  if (value !== undefined) body[name] = value;
}

/** What the device calls itself; the gateway takes 80 characters. */
export function label(params: Params): string {
  return (params.text("deviceLabel") ?? DEFAULT_LABEL).slice(0, 80);
}
