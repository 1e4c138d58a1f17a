// The Python SDK: the program prints where the person is to go, and waits on loopback for the code.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

export async function part(facts, person) {
  const environment = { ...process.env, KEYFERRY_URL: facts.baseUrl, KEYFERRY_TOKEN: facts.deviceToken };
  const program = spawn(process.env.KEYFERRY_PYTHON, ["client.py"], { env: environment, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  const giveUp = (error) => {
    said += error.stack;
    program.kill();
  };
  program.stderr.on("data", (text) => (said += text));
  createInterface({ input: program.stdout }).on("line", (line) => {
    said += `${line}\n`;
    if (line.startsWith("OPEN ")) person.decide(line.slice("OPEN ".length)).catch(giveUp);
  });
  const code = await new Promise((resolve) => program.on("close", resolve));
  if (code !== 0 || !said.includes("DONE")) throw new Error(`python ended with ${code}:\n${said}`);
}
