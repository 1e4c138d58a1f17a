/** The plugin's configuration. Nothing in it is secret. */

import { Problem } from "./problem.js";

export type Settings = {
  /** As it was given; `gatewayUrl` checks it. */
  baseUrl: string;
  /** ClawLink's tool names beside our own. */
  compatNames: boolean;
  /** Whether the host asks a person before a call of high impact, besides the gateway. */
  askHost: boolean;
};

const DEFAULT_BASE_URL = "http://localhost:8474";

export function readSettings(config: Record<string, unknown> | undefined): Settings {
  const baseUrl = config?.["baseUrl"];
  return {
    baseUrl: typeof baseUrl === "string" && baseUrl.trim() !== "" ? baseUrl.trim() : DEFAULT_BASE_URL,
    compatNames: config?.["compatNames"] === true,
    askHost: config?.["askHost"] !== false,
  };
}

/** The gateway's address without a slash at its end. A token goes to it, so it has to be https, or on this machine. */
export function gatewayUrl(baseUrl: string): string {
  if (!URL.canParse(baseUrl)) throw wrong("is not an address");
  const url = new URL(baseUrl);
  if (url.protocol !== "https:" && url.protocol !== "http:") throw wrong("is neither https nor http");
  if (url.protocol === "http:" && !isLoopback(url.hostname)) {
    throw wrong("is http beyond this machine, where others could read the token");
  }
  if (url.username !== "" || url.password !== "") throw wrong("holds a user name or password");
  if (url.search !== "" || url.hash !== "") throw wrong("has a query or a fragment");
  return `${url.origin}${url.pathname}`.replace(/\/+$/, "");
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "[::1]" || /^127(\.\d{1,3}){3}$/.test(host);
}

function wrong(what: string): Problem {
  return new Problem(
    "base_url",
    `The gateway's address in plugins.entries.keyferry.config.baseUrl ${what}.`,
    `Set it to the https address of your Keyferry, or to one on this machine such as ${DEFAULT_BASE_URL}.`,
  );
}
