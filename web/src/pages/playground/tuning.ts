import type { Detection, Sensitivity } from "../../api/types";

/** From which score a detection is reported, by the setting `shield.sensitivity`. */
export const SENSITIVITY: readonly { name: Sensitivity; at: number; says: string }[] = [
  { name: "low", at: 0.75, says: "only what is all but certain" },
  { name: "medium", at: 0.5, says: "what is likely; the default" },
  { name: "high", at: 0.3, says: "what is possible as well" },
];

/** The longest flagged text that an allow entry quotes. */
const QUOTED = 120;

/** Lets this text, or else everything the rule sees in the channel, pass. */
export function allowEntry({ rule, channel }: Detection, flagged: string): string {
  const quotable = flagged.length <= QUOTED && !/[\p{C}]/u.test(flagged) && flagged.trim() !== "";
  const pattern = quotable ? `pattern = ${toml(`(?i)${literal(flagged)}`)}\n` : "";
  return `[[shield.allow]]\nrule = ${toml(rule)}\n${pattern}channel = ${toml(channel)}`;
}

/** The least threshold at which the detection is no longer reported. */
export function threshold({ category, channel, score }: Detection): string {
  return `[shield.thresholds]\n${category} = { ${channel} = ${(Math.round(score * 100) / 100 + 0.01).toFixed(2)} }`;
}

export const sensitivity = (name: Sensitivity): string => `[shield]\nsensitivity = ${toml(name)}`;

/** Basic strings of TOML know the escapes of JSON. */
const toml = (text: string): string => JSON.stringify(text);

/** An expression that matches just this text. */
const literal = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|#&~-]/g, String.raw`\$&`);
