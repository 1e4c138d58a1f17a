// The demo's owner lets the changes of some APIs pass, on the device's page.
export async function letChangesPass(facts, apis) {
  const browser = new Browser(facts.baseUrl);
  await browser.post("/dashboard/sign-in", { email: facts.email, password: facts.password, next: "/dashboard/devices" });
  const devices = await browser.get("/dashboard/devices");
  const device = /\/dashboard\/devices\/(dev_[^"/]+)/.exec(devices)[1];
  const page = await browser.get(`/dashboard/devices/${device}`);
  const csrf = /name="csrf" value="([^"]+)"/.exec(page)[1];
  for (const api of apis) {
    await browser.post(`/dashboard/devices/${device}/programs`, { csrf, integration: "segment", api });
  }
}

// Cookies and nothing more.
class Browser {
  constructor(base) {
    this.base = base;
    this.cookies = new Map();
  }

  async get(path) {
    const answer = await this.#fetch(path, { method: "GET" });
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status}`);
    return answer.text();
  }

  async post(path, fields) {
    const answer = await this.#fetch(path, { method: "POST", body: new URLSearchParams(fields) });
    if (answer.status !== 303) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  }

  async #fetch(path, options) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers = { cookie, origin: this.base };
    const answer = await fetch(this.base + path, { ...options, headers, redirect: "manual" });
    for (const line of answer.headers.getSetCookie()) {
      const [name, value] = line.split(";")[0].split(/=(.*)/s);
      this.cookies.set(name, value);
    }
    return answer;
  }
}
