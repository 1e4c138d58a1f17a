import { describe, expect, it } from "vitest";
import { Problem } from "../../src/problem.js";
import { gatewayUrl, readSettings } from "../../src/settings.js";
import { fileName } from "../../src/shelf.js";

describe("the configuration", () => {
  it("has a value for everything", () => {
    expect(readSettings(undefined)).toEqual({ baseUrl: "http://localhost:8474", compatNames: false, askHost: true });
    expect(readSettings({ baseUrl: " ", compatNames: "yes", askHost: null })).toEqual(readSettings({}));
    const all = { baseUrl: "https://k.example.com/", compatNames: true, askHost: false };
    expect(readSettings(all)).toEqual(all);
  });

  it.each([
    ["https://keyferry.example.com/", "https://keyferry.example.com"],
    ["https://example.com:8443/keyferry//", "https://example.com:8443/keyferry"],
    ["http://localhost:8474", "http://localhost:8474"],
    ["http://127.0.0.1:8474/", "http://127.0.0.1:8474"],
    ["http://[::1]:8474", "http://[::1]:8474"],
  ])("takes %s", (given, read) => {
    expect(gatewayUrl(given)).toBe(read);
  });

  it.each([
    ["keyferry", "is not an address"],
    ["http://keyferry.example.com", "could read the token"],
    ["http://127.0.0.1.example.com", "could read the token"],
    ["http://10.0.0.1:8474", "could read the token"],
    ["file:///etc/keyferry", "neither https nor http"],
    ["https://user@keyferry.example.com", "user name"],
    ["https://keyferry.example.com/?a=b", "query"],
  ])("refuses %s", (given, why) => {
    expect(() => gatewayUrl(given)).toThrow(Problem);
    expect(() => gatewayUrl(given)).toThrow(why);
  });

  it("keeps each gateway's tokens in a file of its own", () => {
    expect(fileName("https://keyferry.example.com/a")).toBe("https_keyferry.example.com_a.json");
    expect(fileName("http://[::1]:8474")).toBe("http____1__8474.json");
    expect(fileName("https://a/../../b")).not.toContain("/");
  });
});
