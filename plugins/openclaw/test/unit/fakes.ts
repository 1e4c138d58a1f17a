/** A gateway and a clock that do what a test says. Nothing is sent, nobody waits. */

import type { Clock } from "../../src/clock.js";
import type { Log } from "../../src/host.js";
import { assemble, type Plugin } from "../../src/plugin.js";
import type { Settings } from "../../src/settings.js";
import type { Kept, Place } from "../../src/shelf.js";

export const BASE = "https://keyferry.example.com";

export type Sent = { method: string; path: string; query: Record<string, string>; token?: string; body: unknown; init: RequestInit };

type Answer = { status?: number; body?: unknown; text?: string };

export class FakeGateway {
  readonly sent: Sent[] = [];
  private readonly held = new Map<string, Promise<void>>();
  private readonly answers = new Map<string, (sent: Sent) => Answer | Error>();

  /** What a route answers: `"POST /oauth/token"`. A list is answered in turn, its last for ever. */
  on(route: string, ...answers: (Answer | Error | ((sent: Sent) => Answer | Error))[]): this {
    let turn = 0;
    this.answers.set(route, (sent) => {
      const answer = answers[Math.min(turn++, answers.length - 1)]!;
      return typeof answer === "function" ? answer(sent) : answer;
    });
    return this;
  }

  /** Answers this path only once what is returned was called. */
  hold(path: string): () => void {
    let release = (): void => {};
    this.held.set(path, new Promise((resolve) => (release = resolve)));
    return release;
  }

  to(path: string): Sent[] {
    return this.sent.filter((one) => one.path === path);
  }

  readonly fetch = (async (given: string, init: RequestInit): Promise<Response> => {
    const url = new URL(given);
    const headers = new Headers(init.headers);
    const token = headers.get("authorization")?.replace("Bearer ", "");
    const sent: Sent = {
      method: init.method ?? "GET",
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      body: readBody(init.body),
      init,
      ...(token === undefined ? {} : { token }),
    };
    this.sent.push(sent);
    await this.held.get(sent.path);
    const answer = this.answers.get(`${sent.method} ${sent.path}`)?.(sent) ?? { status: 404, body: notFound };
    if (answer instanceof Error) throw answer;
    return new Response(answer.text ?? JSON.stringify(answer.body ?? null), { status: answer.status ?? 200 });
  }) as typeof globalThis.fetch;
}

const notFound = { ok: false, error: { code: "not_found", message: "There is nothing at this path." } };

function readBody(body: unknown): unknown {
  if (body instanceof URLSearchParams) return Object.fromEntries(body);
  return typeof body === "string" ? JSON.parse(body) : undefined;
}

/** Time stands still until a test moves it. */
export class FakeClock implements Clock {
  private time = Date.parse("2026-11-21T12:00:00Z");
  private sleepers: { at: number; wake: () => void }[] = [];

  now(): number {
    return this.time;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      this.sleepers.push({ at: this.time + ms, wake: resolve });
      signal?.addEventListener("abort", () => resolve());
    });
  }

  /** Moves on, and lets everything happen that was waiting for it. */
  async advance(ms: number): Promise<void> {
    await settle();
    this.time += ms;
    const due = this.sleepers.filter((one) => one.at <= this.time);
    this.sleepers = this.sleepers.filter((one) => one.at > this.time);
    for (const { wake } of due) wake();
    await settle();
  }
}

/** Lets promises that need nothing from outside come to their end. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}

export class Memory {
  readonly files = new Map<string, unknown>();

  readonly place = (gateway: string): Place => ({
    read: async () => structuredClone(this.files.get(gateway)),
    write: async (value: Kept) => void this.files.set(gateway, structuredClone(value)),
  });

  at(gateway: string): Kept {
    return this.files.get(gateway) as Kept;
  }
}

export type World = { plugin: Plugin; gateway: FakeGateway; clock: FakeClock; memory: Memory; logged: string[] };

export function world(settings: Partial<Settings> = {}, memory = new Memory()): World {
  const [gateway, clock, logged] = [new FakeGateway(), new FakeClock(), [] as string[]];
  const note = (message: string): void => void logged.push(message);
  const log: Log = { info: note, warn: note, error: note };
  const all = { baseUrl: BASE, compatNames: false, askHost: true, ...settings };
  const plugin = assemble({ settings: all, place: memory.place, log, clock, fetch: gateway.fetch });
  return { plugin, gateway, clock, memory, logged };
}

/** A world that is paired already. */
export function paired(settings: Partial<Settings> = {}): World {
  const made = world(settings);
  const tokens = { access: "access-1", accessUntil: made.clock.now() + 600_000, refresh: "refresh-1" };
  const gateway = settings.baseUrl ?? BASE;
  made.memory.files.set(gateway, { version: 1, gateway, tokens });
  return made;
}

export const CODE = {
  device_code: "the-device-code",
  user_code: "WDJB-MJHT",
  verification_uri: `${BASE}/pair`,
  expires_in: 600,
  interval: 5,
};

export function tokens(turn: number): Answer {
  return { body: { access_token: `access-${turn}`, token_type: "Bearer", expires_in: 600, refresh_token: `refresh-${turn}` } };
}

export function oauthError(error: string): Answer {
  return { status: 400, body: { error, error_description: `It is ${error}.` } };
}
