/** A tool for the host from what it is called and what it does. */

import type { Told } from "../deeds.js";
import type { HostTool, JsonSchema } from "../host.js";
import type { Names } from "../names.js";
import { Params } from "../params.js";
import type { Plugin } from "../plugin.js";
import { Problem } from "../problem.js";
import { problemDetails, showProblem } from "../show/problem.js";
import type { Take } from "./takes.js";

export type Tool = {
  name: string;
  label: string;
  description: string;
  parameters: JsonSchema;
  /** Whether it answers what an account holds, in full: texts that anybody may have written. The host marks it as such. */
  foreign?: true;
  take: Take;
};

export function hostTool(plugin: Plugin, names: Names, tool: Tool): HostTool {
  const { name, label, description, parameters, take } = tool;
  return {
    name,
    label,
    description,
    parameters,
    ...(tool.foreign ? { resultContentSource: "network" } : {}),
    async execute(_id, given, signal) {
      const told = await mended(() => {
        const params = new Params(name, parameters, given);
        const deed = take(params);
        params.done();
        return deed({ plugin, names, signal });
      });
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
