/** A person at the gateway's pages: plain HTTP and forms, as a browser without scripts sends them. */

import assert from "node:assert/strict";

export class Person {
  #base;
  #cookies = new Map();

  constructor(base) {
    this.#base = base;
  }

  async signIn(email, password) {
    await this.press(await this.open("/dashboard/sign-in"), "Sign in", { email, password });
  }

  /** Types the code, looks at the device, and lets it in. */
  async pair(code, rule) {
    const review = await this.press(await this.open("/dashboard/pair"), "Look at the device", { code });
    await this.press(review, "Let it in", { rule });
  }

  async refusePairing(code) {
    await this.press(await this.press(await this.open("/dashboard/pair"), "Look at the device", { code }), "Deny", {});
  }

  async approve(link) {
    await this.press(await this.open(new URL(link).pathname), "Approve this call", {});
  }

  async deny(link, reason) {
    await this.press(await this.open(new URL(link).pathname), "Deny", { reason });
  }

  /** The newest device of this name. */
  async revoke(label) {
    const devices = await this.open("/dashboard/devices");
    const rows = [...devices.matchAll(/<a class="row" href="([^"]+)">\s*<span class="row-title">([^<]*)<\/span>\s*<span class="badge/g)];
    const row = rows.find(([, , title]) => title === label);
    assert.ok(row, `a device “${label}” among ${rows.map((one) => one[2])}`);
    await this.press(await this.open(row[1]), "Revoke this device", {});
  }

  async open(path) {
    return this.#follow(await this.#send("GET", path));
  }

  /** Sends the form with this button, with what the form holds and what is filled in. */
  async press(html, button, filled) {
    for (const [form] of html.matchAll(/<form[^>]*>[\s\S]*?<\/form>/g)) {
      const pressed = [...form.matchAll(/<button([^>]*)>([^<]*)<\/button>/g)].find(([, , label]) => label.trim() === button);
      if (!pressed) continue;
      const fields = new URLSearchParams({ ...held(form), ...filled });
      const name = attribute(pressed[1], "name");
      if (name) fields.set(name, attribute(pressed[1], "value") ?? "");
      return this.#follow(await this.#send("POST", attribute(form, "action"), fields));
    }
    assert.fail(`no button “${button}” on the page:\n${words(html)}`);
  }

  async #follow(response) {
    const location = response.headers.get("location");
    if (response.status >= 300 && response.status < 400 && location) {
      const { pathname, search } = new URL(location, this.#base);
      return this.open(pathname + search);
    }
    const html = await response.text();
    assert.ok(response.status < 400, `${response.status}: ${words(html)}`);
    return html;
  }

  async #send(method, path, fields) {
    const headers = { cookie: [...this.#cookies].map((pair) => pair.join("=")).join("; ") };
    if (method === "POST") headers.origin = this.#base;
    const init = fields ? { method, headers, body: fields } : { method, headers };
    const response = await fetch(this.#base + path, { ...init, redirect: "manual" });
    for (const line of response.headers.getSetCookie()) {
      const [name, value] = line.split(";")[0].split(/=(.*)/s);
      this.#cookies.set(name, value);
    }
    return response;
  }
}

function held(form) {
  const fields = {};
  for (const [input] of form.matchAll(/<input[^>]*>/g)) {
    const type = attribute(input, "type");
    const given = type === "radio" || type === "checkbox" ? / checked/.test(input) : true;
    const name = attribute(input, "name");
    if (name && given) fields[name] = attribute(input, "value") ?? "";
  }
  return fields;
}

function attribute(tag, name) {
  const value = tag.match(new RegExp(`\\s${name}="([^"]*)"`))?.[1];
  return value?.replaceAll("&#38;", "&").replaceAll("&amp;", "&").replaceAll("&#x2F;", "/");
}

function words(html) {
  return html.replace(/<[^>]*>/g, " ").replace(/\s+/g, " ").trim();
}
