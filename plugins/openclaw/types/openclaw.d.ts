/** The host's modules as far as they are imported, so that the plugin builds without the host beside it. */

declare module "openclaw/plugin-sdk/plugin-entry" {
  import type { Host } from "../src/host.js";
  export type OpenClawPluginApi = Host;
  export function definePluginEntry(entry: {
    id: string;
    name: string;
    description: string;
    register(api: OpenClawPluginApi): void;
  }): unknown;
}

declare module "openclaw/plugin-sdk/json-store" {
  export function readJsonFileWithFallback<T>(path: string, fallback: T): Promise<{ value: T; exists: boolean }>;
  export function writeJsonFileAtomically(path: string, value: unknown): Promise<void>;
}
