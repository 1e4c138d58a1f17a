// A person in a real browser: signs in where asked to, reads the question, answers it.
import { chromium } from "playwright-core";

export async function openBrowser(executablePath, facts) {
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
  const context = await browser.newContext();
  return { decide: (url, how) => decide(context, facts, url, how), close: () => browser.close() };
}

// Answers what the page said of the program.
async function decide(context, facts, url, { decision = "Let it in", rule = "Preview each change" } = {}) {
  const page = await context.newPage();
  try {
    await page.goto(url);
    if (await page.getByRole("heading", { name: "Sign in" }).isVisible()) {
      await page.getByLabel("E-mail address").fill(facts.email);
      await page.getByLabel("Password").fill(facts.password);
      await page.getByRole("button", { name: "Sign in" }).click();
    }
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
