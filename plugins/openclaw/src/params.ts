/** A tool's parameters. The host does not check them on every path, so they are checked here, all at once. */

import type { JsonSchema, Property } from "./host.js";
import { Problem, isRecord } from "./problem.js";

export class Params {
  private readonly faults: string[] = [];
  private readonly given: Record<string, unknown>;
  private readonly needed: Set<string>;
  private takesOthers = false;

  constructor(
    private readonly tool: string,
    private readonly schema: JsonSchema,
    given: unknown,
  ) {
    if (given !== undefined && given !== null && !isRecord(given)) this.faults.push("the parameters are not an object");
    this.given = isRecord(given) ? given : {};
    this.needed = new Set(schema.required);
  }

  text(name: string): string | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    if (typeof value === "string" && value.trim() !== "") return value.trim();
    return this.fault(name, "must be a text");
  }

  /** A text that has to be there, also where the schema leaves it open. */
  required(name: string): string {
    this.needed.add(name);
    return this.text(name) ?? "";
  }

  /** A whole number within the schema's bounds. */
  integer(name: string): number | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    const { minimum = 0, maximum = Number.MAX_SAFE_INTEGER }: Partial<Property> = this.schema.properties[name] ?? {};
    const number = typeof value === "string" && /^\d+$/.test(value.trim()) ? Number(value) : value;
    if (typeof number === "number" && Number.isSafeInteger(number) && number >= minimum && number <= maximum) return number;
    return this.fault(name, `must be a whole number from ${minimum} to ${maximum}`);
  }

  flag(name: string): boolean | undefined {
    const value = this.value(name);
    if (value === undefined || typeof value === "boolean") return value;
    if (value === "true" || value === "false") return value === "true";
    return this.fault(name, "must be true or false");
  }

  /** An object; also one that a model wrote as JSON text. */
  object(name: string): Record<string, unknown> | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    const read = typeof value === "string" ? parsed(value) : value;
    return isRecord(read) ? read : this.fault(name, "must be an object");
  }

  /** Everything that the schema does not name, which is then no fault. */
  others(): Record<string, unknown> {
    this.takesOthers = true;
    return Object.fromEntries(Object.entries(this.given).filter(([name]) => !this.isDeclared(name)));
  }

  /** Ends the reading; throws when anything was wrong or missing, or stands there that nobody takes. */
  done(): void {
    const missing = [...this.needed].filter((name) => this.value(name) === undefined);
    const unknown = this.takesOthers ? [] : Object.keys(this.given).filter((name) => !this.isDeclared(name));
    const faults = [
      ...missing.map((name) => `${name}: is required`),
      ...this.faults,
      ...unknown.map((name) => `${name}: is no parameter of this tool`),
    ];
    if (faults.length === 0) return;
    const declared = Object.keys(this.schema.properties);
    const mend = declared.length > 0 ? `It takes ${declared.join(", ")}.` : "It takes no parameters.";
    throw new Problem("invalid_parameters", `The parameters of ${this.tool} are not what it takes.`, mend, { details: faults });
  }

  /** What the schema does not name is not read, whoever asks. */
  private value(name: string): unknown {
    return this.isDeclared(name) ? (this.given[name] ?? undefined) : undefined;
  }

  private isDeclared(name: string): boolean {
    return Object.hasOwn(this.schema.properties, name);
  }

  private fault(name: string, what: string): undefined {
    this.faults.push(`${name}: ${what}`);
    return undefined;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
