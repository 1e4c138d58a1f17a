/**
 * Pairing by a code (RFC 8628). A loop in the background asks the gateway whether the person has decided; what it needs is
 * kept, so that it goes on after the host was started anew.
 */

import type { Clock } from "./clock.js";
import type { Log } from "./host.js";
import { Problem, isRecord } from "./problem.js";
import { ended, tokensOf } from "./session.js";
import type { Ended, Pending, Shelf } from "./shelf.js";
import { PROGRAM, type Wire } from "./wire.js";

const DEVICE_CODE_GRANT = "urn:ietf:params:oauth:grant-type:device_code";
/** RFC 8628, section 3.5: how much slower after `slow_down`. */
const SLOWER_MS = 5_000;
/** The longest pause while no gateway answers. */
const LONGEST_PAUSE_MS = 30_000;

export type Standing =
  | { kind: "paired" }
  | { kind: "waiting"; pending: Pending }
  | { kind: "unpaired"; ended?: Ended };

export class Pairing {
  private loop: { done: Promise<void>; stop: AbortController } | undefined;

  constructor(
    private readonly wire: Wire,
    private readonly shelf: Shelf,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  async standing(): Promise<Standing> {
    const { tokens, pending, ended } = await this.shelf.read();
    if (tokens) return { kind: "paired" };
    if (pending && pending.until > this.clock.now()) return { kind: "waiting", pending };
    if (pending) return { kind: "unpaired", ended: "expired" };
    return ended === undefined ? { kind: "unpaired" } : { kind: "unpaired", ended };
  }

  /** Asks for a code, or answers the one that is waiting. */
  async begin(label: string, startOver: boolean, signal?: AbortSignal): Promise<Pending> {
    const standing = await this.standing();
    if (standing.kind === "waiting" && !startOver) {
      await this.resume();
      return standing.pending;
    }
    this.stop();
    const form = { client_id: PROGRAM, device_label: label };
    const body = await this.wire.send({ method: "POST", path: ["oauth", "device_authorization"], form, signal });
    const pending = pendingOf(body, label, this.clock.now());
    await this.shelf.change(({ version, gateway }) => ({ version, gateway, pending }));
    await this.resume();
    return pending;
  }

  /** Starts the loop when a pairing waits and no loop runs. */
  async resume(): Promise<void> {
    if (this.loop || (await this.standing()).kind !== "waiting" || this.loop) return;
    const stop = new AbortController();
    const loop = { stop, done: this.poll(stop.signal) };
    this.loop = loop;
    void loop.done.finally(() => {
      if (this.loop === loop) this.loop = undefined;
    });
  }

  /** Ends the loop and keeps the pairing. */
  stop(): void {
    this.loop?.stop.abort();
    this.loop = undefined;
  }

  /** The standing once the person has decided, or after `ms`. */
  async settled(ms: number, signal?: AbortSignal): Promise<Standing> {
    await this.resume();
    if (this.loop && ms > 0) await Promise.race([this.loop.done, this.clock.sleep(ms, signal)]);
    return this.standing();
  }

  private async poll(signal: AbortSignal): Promise<void> {
    let failures = 0;
    for (;;) {
      const { pending } = await this.shelf.read();
      if (!pending || signal.aborted) return;
      if (pending.until <= this.clock.now()) return void (await this.end(pending, "expired"));
      const pause = Math.min(pending.intervalMs * 2 ** failures, Math.max(pending.intervalMs, LONGEST_PAUSE_MS));
      await this.clock.sleep(pause, signal);
      if (signal.aborted) return;
      try {
        if (await this.askOnce(pending, signal)) return;
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        this.log.warn(`keyferry: the pairing goes on after: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }

  /** Whether that was the end of it. */
  private async askOnce(pending: Pending, signal: AbortSignal): Promise<boolean> {
    const form = { grant_type: DEVICE_CODE_GRANT, device_code: pending.deviceCode, client_id: PROGRAM };
    try {
      const body = await this.wire.send({ method: "POST", path: ["oauth", "token"], form, signal });
      const tokens = tokensOf(body, this.clock.now());
      await this.shelf.change(({ version, gateway }) => ({ version, gateway, tokens }));
      this.log.info("keyferry: this host is paired");
      return true;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return this.refused(pending, error);
    }
  }

  private async refused(pending: Pending, error: Problem): Promise<boolean> {
    switch (error.code) {
      case "authorization_pending":
        return false;
      case "slow_down":
        await this.slower(pending);
        return false;
      case "access_denied":
        return this.end(pending, "denied");
      case "expired_token":
      case "invalid_grant":
        return this.end(pending, "expired");
      default:
        throw error;
    }
  }

  private async slower(pending: Pending): Promise<void> {
    const slower = { ...pending, intervalMs: pending.intervalMs + SLOWER_MS };
    await this.shelf.change((kept) => (isSame(kept.pending, pending) ? { ...kept, pending: slower } : kept));
  }

  /** Unless another process has finished it, or begun anew, in the meantime. */
  private async end(pending: Pending, how: Ended): Promise<true> {
    await this.shelf.change((kept) => (isSame(kept.pending, pending) ? ended(kept, how) : kept));
    return true;
  }
}

function isSame(one: Pending | undefined, other: Pending): boolean {
  return one?.deviceCode === other.deviceCode;
}

function pendingOf(body: unknown, label: string, now: number): Pending {
  const { device_code, user_code, verification_uri, expires_in, interval } = isRecord(body) ? body : {};
  if (
    typeof device_code !== "string" ||
    typeof user_code !== "string" ||
    typeof verification_uri !== "string" ||
    typeof expires_in !== "number"
  ) {
    throw new Problem("not_keyferry", "The gateway's code has another form than RFC 8628 says.", "Check the gateway's version.");
  }
  const seconds = typeof interval === "number" ? interval : 5;
  return {
    deviceCode: device_code,
    userCode: user_code,
    link: verification_uri,
    label,
    until: now + expires_in * 1000,
    intervalMs: seconds * 1000,
  };
}
