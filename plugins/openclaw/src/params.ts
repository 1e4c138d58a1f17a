/** A tool's parameters. The host does not check them on every path, so they are checked here, all at once. */

import { Problem, isRecord } from "./problem.js";

export class Params {
  private readonly faults: string[] = [];
  private readonly given: Record<string, unknown>;

  constructor(
    private readonly tool: string,
    given: unknown,
  ) {
    if (given !== undefined && given !== null && !isRecord(given)) this.faults.push("the parameters are not an object");
    this.given = isRecord(given) ? given : {};
  }

  text(name: string): string | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    if (typeof value === "string" && value.trim() !== "") return value.trim();
    this.faults.push(`${name}: must be a text`);
    return undefined;
  }

  required(name: string): string {
    if (this.value(name) === undefined) this.faults.push(`${name}: is required`);
    return this.text(name) ?? "";
  }

  integer(name: string, least: number, most: number): number | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    const number = typeof value === "string" && /^\d+$/.test(value.trim()) ? Number(value) : value;
    if (typeof number === "number" && Number.isInteger(number) && number >= least && number <= most) return number;
    this.faults.push(`${name}: must be a whole number from ${least} to ${most}`);
    return undefined;
  }

  flag(name: string): boolean | undefined {
    const value = this.value(name);
    if (value === undefined || typeof value === "boolean") return value;
    if (value === "true" || value === "false") return value === "true";
    this.faults.push(`${name}: must be true or false`);
    return undefined;
  }

  /** An object; also one that a model wrote as JSON text. */
  object(name: string): Record<string, unknown> | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    const read = typeof value === "string" ? parsed(value) : value;
    if (isRecord(read)) return read;
    this.faults.push(`${name}: must be an object`);
    return undefined;
  }

  /** Everything beside these names. */
  others(names: readonly string[]): Record<string, unknown> {
    return Object.fromEntries(Object.entries(this.given).filter(([name]) => !names.includes(name)));
  }

  /** Ends the reading; throws when anything was wrong, or stands there that nobody takes. */
  done(known: readonly string[]): void {
    const unknown = Object.keys(this.others(known));
    const faults = [...this.faults, ...unknown.map((name) => `${name}: is no parameter of this tool`)];
    if (faults.length === 0) return;
    const mend = known.length > 0 ? `It takes ${known.join(", ")}.` : "It takes no parameters.";
    throw new Problem("invalid_parameters", `The parameters of ${this.tool} are not what it takes.`, mend, { details: faults });
  }

  private value(name: string): unknown {
    return this.given[name] ?? undefined;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
