/** Small words that all texts are made of. */

/** The longest result that goes into a text, in characters. */
const LONGEST = 30_000;
/** Up to here a result is laid out; longer ones would cost more than they help. */
const LAID_OUT = 1_000;

/** A value in a line: texts in quotes, cut when long. */
export function inline(value: unknown, longest = 160): string {
  return cut(JSON.stringify(value) ?? "nothing", longest);
}

export function cut(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}

/** A result as JSON, and whether something of it is missing. */
export function block(value: unknown): { text: string; isCut: boolean } {
  const compact = JSON.stringify(value) ?? "null";
  if (compact.length <= LAID_OUT) return { text: JSON.stringify(value, null, 2) ?? "null", isCut: false };
  if (compact.length <= LONGEST) return { text: compact, isCut: false };
  const text = `${compact.slice(0, LONGEST)}…\n(cut: it has ${compact.length} characters)`;
  return { text, isCut: true };
}

/** `2026-11-21T14:03:41.642Z` → `14:03 UTC` */
export function hour(at: string | number | undefined): string {
  const date = at === undefined ? undefined : new Date(at);
  return date && !Number.isNaN(date.getTime()) ? `${date.toISOString().slice(11, 16)} UTC` : "its end";
}

/** `high_impact` → `high impact` */
export function impact(word: string | undefined): string {
  return (word ?? "unknown impact").replaceAll("_", " ");
}

/** `/settings/a~1b` → `settings › a/b` */
export function pointer(path: string): string {
  if (path === "" || path === "/") return "all of it";
  return path.replace(/^\//, "").split("/").map(unescaped).join(" › ");
}

function unescaped(key: string): string {
  return key.replaceAll("~1", "/").replaceAll("~0", "~");
}

export function list(lines: readonly string[]): string[] {
  return lines.map((line) => `- ${line}`);
}

/** Paragraphs with an empty line between them; empty ones left out. */
export function paragraphs(...parts: (string | string[] | undefined)[]): string {
  const texts = parts.map((part) => (Array.isArray(part) ? part.join("\n") : part));
  return texts.filter((text) => text !== undefined && text !== "").join("\n\n");
}
