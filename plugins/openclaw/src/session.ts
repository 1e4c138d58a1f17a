/** The device's tokens: taken fresh for every request, renewed a little before they end. */

import type { Clock } from "./clock.js";
import { OWN } from "./names.js";
import { Problem, isRecord } from "./problem.js";
import type { Ended, Kept, Shelf, Tokens } from "./shelf.js";
import { PROGRAM, type Ask, type Wire } from "./wire.js";

/** How long before its end an access token is renewed. */
const EARLY_MS = 30_000;

export class Session {
  private renewing: Promise<string> | undefined;

  constructor(
    private readonly wire: Wire,
    private readonly shelf: Shelf,
    private readonly clock: Clock,
  ) {}

  /** Sends with the device's token. A token that is refused is renewed once; a device that was revoked is forgotten. */
  async send(ask: Ask): Promise<unknown> {
    const token = await this.token();
    try {
      return await this.wire.send({ ...ask, token });
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== "unauthorized") throw error;
    }
    return this.wire.send({ ...ask, token: await this.renewed(token) });
  }

  /** Gives the device back to the gateway and forgets it here, even when no gateway answers. */
  async logOut(): Promise<"not_paired" | "revoked" | Problem> {
    const { tokens } = await this.shelf.read();
    await this.shelf.change((kept) => ended(kept, "logged_out"));
    if (!tokens) return "not_paired";
    try {
      const form = { token: tokens.refresh, token_type_hint: "refresh_token", client_id: PROGRAM };
      await this.wire.send({ method: "POST", path: ["oauth", "revoke"], form });
      return "revoked";
    } catch (error) {
      if (error instanceof Problem) return error;
      throw error;
    }
  }

  private async token(): Promise<string> {
    const { tokens, ended, pending } = await this.shelf.read();
    if (!tokens) throw notPaired(ended, pending !== undefined);
    return this.isFresh(tokens) ? tokens.access : this.renewed(tokens.access);
  }

  /** A token other than the one that is no good; callers at the same time share one renewal. */
  private renewed(old: string): Promise<string> {
    this.renewing ??= this.renew(old).finally(() => (this.renewing = undefined));
    return this.renewing;
  }

  private async renew(old: string): Promise<string> {
    const { tokens, ended } = await this.shelf.read();
    if (!tokens) throw notPaired(ended, false);
    // Another process has renewed it already.
    if (tokens.access !== old && this.isFresh(tokens)) return tokens.access;
    const form = { grant_type: "refresh_token", refresh_token: tokens.refresh, client_id: PROGRAM };
    try {
      const fresh = tokensOf(await this.wire.send({ method: "POST", path: ["oauth", "token"], form }), this.clock.now());
      // Unless somebody logged out meanwhile.
      await this.shelf.change((kept) => (kept.tokens?.refresh === tokens.refresh ? { ...kept, tokens: fresh } : kept));
      return fresh.access;
    } catch (error) {
      if (error instanceof Problem && error.code === "invalid_grant") throw await this.forget(tokens.refresh);
      throw error;
    }
  }

  private async forget(refresh: string): Promise<Problem> {
    const now = await this.shelf.change((kept) => (kept.tokens?.refresh === refresh ? ended(kept, "revoked") : kept));
    if (now.tokens) return new Problem("unauthorized", "The token was renewed meanwhile.", "Try again.");
    return notPaired("revoked", false);
  }

  private isFresh(tokens: Tokens): boolean {
    return tokens.accessUntil - this.clock.now() > EARLY_MS;
  }
}

export function ended(kept: Kept, how: Ended): Kept {
  return { version: kept.version, gateway: kept.gateway, ended: how };
}

/** What the gateway's token endpoint gives. */
export function tokensOf(body: unknown, now: number): Tokens {
  const { access_token: access, refresh_token: refresh, expires_in: seconds } = isRecord(body) ? body : {};
  if (typeof access !== "string" || typeof refresh !== "string" || typeof seconds !== "number") {
    throw new Problem("not_keyferry", "The gateway's tokens have another form than RFC 6749 says.", "Check the gateway's version.");
  }
  return { access, refresh, accessUntil: now + seconds * 1000 };
}

function notPaired(how: Ended | undefined, pending: boolean): Problem {
  if (pending) {
    const mend = `Let the person type the code at the link; ${OWN.pairingStatus} shows both again.`;
    return new Problem("not_paired", "The pairing waits for a person.", mend);
  }
  const why = how === "revoked" ? "The gateway has ended this device, or a person has revoked it." : "This host is not paired with the gateway.";
  return new Problem("not_paired", why, `Call ${OWN.beginPairing}, and show the person the link and the code.`);
}
