/** Steps that are printed with what they took, and programs that have to succeed. */

import { spawn } from "node:child_process";

export async function step(name, work) {
  const began = Date.now();
  try {
    const value = await work();
    console.log(`ok    ${name} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
    return value;
  } catch (error) {
    console.log(`FAIL  ${name}`);
    throw error;
  }
}

/** Runs a program to its end. Answers what it said; `shown` lets it speak for itself. */
export function run(program, args, { shown = false, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...options, stdio: ["ignore", shown ? "inherit" : "pipe", shown ? "inherit" : "pipe"] });
    let [out, err] = ["", ""];
    child.stdout?.on("data", (chunk) => (out += chunk));
    child.stderr?.on("data", (chunk) => (err += chunk));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, out, err }));
  });
}

export async function must(program, args, options) {
  const done = await run(program, args, options);
  if (done.code !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${done.code}\n${done.out}${done.err}`.trim());
  return done;
}

/** Asks until the answer is truthy. */
export async function until(what, ask, seconds = 60) {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; ) {
    const answer = await ask();
    if (answer) return answer;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${what} did not come within ${seconds} s`);
}
