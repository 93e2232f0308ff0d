const number = new Intl.NumberFormat("en-US");
const compact = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 });
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

/** 12345 → `12,345`. */
export const formatCount = (value: number): string => number.format(value);

/** 12345 → `12.3K`, for where space is short. */
export const formatCompact = (value: number): string => (value < 10_000 ? number.format(value) : compact.format(value));

/** `1 alert`, `2 alerts`. */
export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${formatCount(count)} ${count === 1 ? one : many}`;

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000], ["month", 2_592_000], ["day", 86_400], ["hour", 3600], ["minute", 60],
];

/** `4 minutes ago`, as seen at `now`. */
export function formatRelative(time: string, now: number = Date.now()): string {
  const seconds = (Date.parse(time) - now) / 1000;
  if (Number.isNaN(seconds)) return "unknown";
  for (const [unit, size] of STEPS) {
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
  }
  return "just now";
}

/** `2026-03-04 05:06:07 UTC`, or the same in the reader's own zone. */
export function formatExact(time: string, utc = true): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return time;
  if (utc) return `${date.toISOString().slice(0, 19).replace("T", " ")} UTC`;
  const pad = (value: number) => String(value).padStart(2, "0");
  const day = `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
  return `${day} ${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
}

/** Microseconds as people read them: `840 µs`, `3.2 ms`, `1.4 s`. */
export function formatElapsed(microseconds: number): string {
  if (microseconds < 1000) return `${microseconds} µs`;
  if (microseconds < 1_000_000) return `${trim(microseconds / 1000)} ms`;
  return `${trim(microseconds / 1_000_000)} s`;
}

/** The time between two moments: `3 min 12 s`. */
export function formatDuration(from: string, to: string): string {
  const seconds = Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 1000));
  if (Number.isNaN(seconds)) return "unknown";
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  if (hours > 0) return `${hours} h ${minutes} min`;
  if (minutes > 0) return `${minutes} min ${seconds % 60} s`;
  return `${seconds} s`;
}

const trim = (value: number): string => (value < 10 ? value.toFixed(1) : value.toFixed(0));

/** A label within a sentence: `Model deployments` → `model deployments`, `AI models` stays. */
export const inSentence = (label: string): string => (/^[A-Z][a-z]/.test(label) ? label.charAt(0).toLowerCase() + label.slice(1) : label);

const ACRONYMS = new Set(["ai", "ansi", "api", "arn", "aws", "cvss", "cve", "gcp", "html", "iban", "id", "ip", "mcp", "pii", "sas", "sku", "ssn", "tls", "uri", "url", "us", "vpc"]);

/** `privilege_escalation` → `Privilege escalation`, `us_ssn` → `US SSN`. */
export function humanize(name: string): string {
  const words = name.replaceAll(/[_-]+/g, " ").replaceAll(/([a-z])([A-Z])/g, "$1 $2").toLowerCase().trim()
    .split(" ").map((word) => (ACRONYMS.has(word) ? word.toUpperCase() : word)).join(" ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The last speaking part of an asset id, for where its name is not at hand. */
export function shortId(id: string): string {
  const last = id.split(/[/#:]+/).filter(Boolean).at(-1);
  return last ?? id;
}
