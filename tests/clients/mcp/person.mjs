// A person in a real browser: signs in where asked to, reads the question, answers it.
import { chromium } from "playwright-core";

export async function openBrowser(executablePath, facts) {
  const libraries = process.env.KEYFERRY_CHROMIUM_LIBRARIES;
  const env = libraries ? { ...process.env, LD_LIBRARY_PATH: libraries } : process.env;
  const browser = await chromium.launch({ executablePath, env, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
  const context = await browser.newContext();
  return {
    decide: (url, how) => decide(context, facts, url, how),
    connect: (slug, keys) => connect(context, facts, slug, keys),
    close: () => browser.close(),
  };
}

async function signIn(page, facts) {
  if (!(await page.getByRole("heading", { name: "Sign in" }).isVisible())) return;
  await page.getByLabel("E-mail address").fill(facts.email);
  await page.getByLabel("Password").fill(facts.password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

// Connects an account with these keys, each under its label.
async function connect(context, facts, slug, keys) {
  const page = await context.newPage();
  try {
    await page.goto(`${facts.baseUrl}/dashboard/connect/${slug}`);
    await signIn(page, facts);
    for (const [label, key] of Object.entries(keys)) await page.getByLabel(label, { exact: true }).fill(key);
    await page.getByRole("button", { name: "Test and connect" }).click();
    await page.waitForURL((to) => to.pathname.startsWith("/dashboard/connections/"));
  } finally {
    await page.close();
  }
}

// Answers what the page said of the program.
async function decide(context, facts, url, { decision = "Let it in", rule = "Preview each change" } = {}) {
  const page = await context.newPage();
  try {
    await page.goto(url);
    await signIn(page, facts);
    await page.getByRole("heading", { name: "Let this program in?" }).waitFor();
    const said = await page.locator("dl.facts").innerText();
    if (decision === "Let it in") await page.getByLabel(rule, { exact: true }).check();
    await page.getByRole("button", { name: decision }).click();
    await page.waitForURL((to) => to.pathname === "/callback");
    return said;
  } finally {
    await page.close();
  }
}
