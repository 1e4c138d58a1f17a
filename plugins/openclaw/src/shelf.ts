/** What is kept between two starts of the host: the tokens of one gateway, or a pairing that is under way. */

import { isRecord } from "./problem.js";

export type Tokens = {
  access: string;
  /** When `access` ends, in milliseconds since 1970. */
  accessUntil: number;
  /** Works once and brings its successor. */
  refresh: string;
};

export type Pending = {
  deviceCode: string;
  userCode: string;
  /** Where the person types the code. */
  link: string;
  label: string;
  /** Milliseconds since 1970. */
  until: number;
  intervalMs: number;
};

export type Ended = "denied" | "expired" | "revoked" | "logged_out";

export type Kept = {
  version: 1;
  /** A token goes to the gateway that gave it and to no other. */
  gateway: string;
  tokens?: Tokens;
  pending?: Pending;
  /** How the last pairing ended, for the next who asks. */
  ended?: Ended;
};

/** Where a value is kept; the host's private folder, or memory in tests. */
export type Place = { read(): Promise<unknown>; write(value: Kept): Promise<void> };

export class Shelf {
  private queue: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly gateway: () => string,
    private readonly place: (gateway: string) => Place,
  ) {}

  /** Read each time: another process of the host may have written since. */
  async read(): Promise<Kept> {
    const gateway = this.gateway();
    return kept(await this.place(gateway).read(), gateway);
  }

  /** Changes what is kept, one change after another. Answers what is kept then. */
  change(how: (kept: Kept) => Kept): Promise<Kept> {
    const work = this.queue.then(async () => {
      const next = how(await this.read());
      await this.place(next.gateway).write(next);
      return next;
    });
    this.queue = work.catch(() => undefined);
    return work;
  }
}

/** A value that this plugin did not write, or for another gateway, counts as nothing. */
function kept(value: unknown, gateway: string): Kept {
  if (isRecord(value) && value["version"] === 1 && value["gateway"] === gateway) return value as Kept;
  return { version: 1, gateway };
}

/** `https://keyferry.example.com/a` → `https_keyferry.example.com_a` */
export function fileName(gateway: string): string {
  return `${gateway.replace("://", "_").replace(/[^A-Za-z0-9.-]/g, "_")}.json`;
}
