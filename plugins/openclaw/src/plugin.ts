/** All the parts of the plugin, put together over a place to keep things and a way to send. */

import { systemClock, type Clock } from "./clock.js";
import { Gateway } from "./gateway.js";
import type { Log } from "./host.js";
import { Pairing } from "./pairing.js";
import { Session } from "./session.js";
import type { Settings } from "./settings.js";
import { Shelf, type Place } from "./shelf.js";
import { Wire } from "./wire.js";

export type Outside = {
  settings: Settings;
  place: (gateway: string) => Place;
  log: Log;
  clock?: Clock;
  fetch?: typeof globalThis.fetch;
};

export type Plugin = { settings: Settings; clock: Clock; wire: Wire; session: Session; gateway: Gateway; pairing: Pairing };

export function assemble(outside: Outside): Plugin {
  const clock = outside.clock ?? systemClock;
  const wire = new Wire(outside.settings.baseUrl, outside.fetch ?? globalThis.fetch);
  const shelf = new Shelf(() => wire.base(), outside.place);
  const session = new Session(wire, shelf, clock);
  const gateway = new Gateway(wire, session);
  const pairing = new Pairing(wire, shelf, clock, outside.log);
  return { settings: outside.settings, clock, wire, session, gateway, pairing };
}
