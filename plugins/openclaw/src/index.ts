/** The plugin's entry: what it registers with the host. The only file that imports of it. */

import { join } from "node:path";
import { readJsonFileWithFallback, writeJsonFileAtomically } from "openclaw/plugin-sdk/json-store";
import { definePluginEntry } from "openclaw/plugin-sdk/plugin-entry";
import { HostQuestion } from "./ask-host.js";
import { command } from "./command.js";
import type { Host } from "./host.js";
import { COMPAT, OWN } from "./names.js";
import { assemble, type Plugin } from "./plugin.js";
import { readSettings } from "./settings.js";
import { fileName, type Place } from "./shelf.js";
import { COMPAT_TOOLS } from "./tools/compat.js";
import { hostTool } from "./tools/make.js";
import { OWN_TOOLS } from "./tools/own.js";

/** Longer than the two look-ups of the question take. */
const QUESTION_MS = 20_000;

export default definePluginEntry({
  id: "keyferry",
  name: "Keyferry",
  description: "Your agent calls your accounts through your own Keyferry gateway, without holding their keys.",
  register(api) {
    register(api);
  },
});

function register(host: Host): void {
  const settings = readSettings(host.pluginConfig);
  const plugin = assemble({ settings, place: (gateway) => privateFile(host, gateway), log: host.logger });
  for (const tool of OWN_TOOLS) host.registerTool(hostTool(plugin, OWN, tool));
  if (settings.compatNames) for (const tool of COMPAT_TOOLS) host.registerTool(hostTool(plugin, COMPAT, tool));
  host.registerCommand(command(plugin));
  const question = new HostQuestion(plugin);
  host.on("before_tool_call", (call, context) => question.for(call, context.abortSignal), {
    matcher: [OWN.callTool, COMPAT.callTool],
    timeoutMs: QUESTION_MS,
  });
  keepPairing(host, plugin);
}

/** A pairing that waited when the host was stopped goes on when it is started. */
function keepPairing(host: Host, plugin: Plugin): void {
  const stop = (): void => plugin.pairing.stop();
  host.registerService({
    id: "keyferry-pairing",
    async start() {
      await plugin.pairing.resume().catch((error: unknown) => {
        host.logger.error(`keyferry: ${error instanceof Error ? error.message : String(error)}`);
      });
    },
    stop,
  });
  host.lifecycle.onDispose?.(stop);
}

/** A file of its own for each gateway, in the host's folder for credentials. */
function privateFile(host: Host, gateway: string): Place {
  const path = join(host.runtime.state.resolveStateDir(), "credentials", "keyferry", fileName(gateway));
  return {
    read: async () => (await readJsonFileWithFallback<unknown>(path, undefined)).value,
    write: (value) => writeJsonFileAtomically(path, value),
  };
}
