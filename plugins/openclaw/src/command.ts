/** `/keyferry`: what a person types when they want no model in between. */

import * as deeds from "./deeds.js";
import type { HostCommand } from "./host.js";
import { TYPED } from "./names.js";
import type { Plugin } from "./plugin.js";
import { Problem } from "./problem.js";
import { showProblem } from "./show/problem.js";
import { paragraphs } from "./show/words.js";

const HELP = [
  "/keyferry — whether this host is paired, what is connected, what waits",
  "/keyferry pair [name] — get a link and a code",
  "/keyferry logout — end this device on the gateway and forget its token here",
].join("\n");

export function command(plugin: Plugin): HostCommand {
  return {
    name: "keyferry",
    description: "Keyferry: status, pair, log out",
    acceptsArgs: true,
    async handler({ args }) {
      const [word = "status", ...rest] = (args ?? "").trim().split(/\s+/).filter(Boolean);
      try {
        return { text: await run(plugin, word.toLowerCase(), rest.join(" ")) };
      } catch (error) {
        if (error instanceof Problem) return { text: showProblem(error) };
        throw error;
      }
    },
  };
}

async function run(plugin: Plugin, word: string, rest: string): Promise<string> {
  const asking = { plugin, names: TYPED, signal: undefined };
  switch (word) {
    case "status":
      return status(asking);
    case "pair":
      return (await deeds.beginPairing(asking, deeds.deviceLabel(rest), false)).text;
    case "logout":
      return logOut(plugin);
    default:
      return HELP;
  }
}

async function status(asking: deeds.Asking): Promise<string> {
  const standing = await deeds.pairingStatus(asking, 0);
  if ((await asking.plugin.pairing.standing()).kind !== "paired") return standing.text;
  const [connected, latest] = await Promise.all([deeds.integrations(asking, undefined, true), deeds.latest(asking)]);
  return paragraphs(standing.text, connected.text, latest.text);
}

async function logOut(plugin: Plugin): Promise<string> {
  plugin.pairing.stop();
  const how = await plugin.session.logOut();
  if (how === "not_paired") return "This host was not paired. Nothing of a pairing is kept here.";
  if (how === "revoked") return "Logged out: the gateway has ended this device, and its token is forgotten here.";
  return paragraphs(
    "The token is forgotten here, but the gateway could not be told.",
    `${how.message} Revoke the device on the gateway's Devices page.`,
  );
}
