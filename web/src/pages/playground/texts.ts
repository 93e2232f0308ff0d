import type { Channel } from "../../api/types";

export type Texts = { prompt: string; documents: string[]; results: string[]; response: string };
export type Input = { id: string; text: string; channel: Channel };

export const NOTHING: Texts = { prompt: "", documents: [""], results: [], response: "" };

/** What the shield is asked: each text by itself; empty ones are left out. */
export function inputsOf({ prompt, documents, results, response }: Texts): Input[] {
  const inputs: Input[] = [
    { id: "prompt", text: prompt, channel: "user" },
    ...documents.map((text, index): Input => ({ id: `document-${index}`, text, channel: "document" })),
    ...results.map((text, index): Input => ({ id: `result-${index}`, text, channel: "tool" })),
    { id: "response", text: response, channel: "response" },
  ];
  return inputs.filter(({ text }) => text.trim() !== "");
}

/** What an input's id is called. */
export function nameOf(id: string, { documents, results }: Texts): string {
  const [kind, index] = id.split("-");
  const one = { document: ["Document", documents], result: ["Tool result", results] } as const;
  if (kind !== "document" && kind !== "result") return kind === "prompt" ? "Prompt" : "Response";
  const [name, all] = one[kind];
  return all.length > 1 ? `${name} ${Number(index) + 1}` : name;
}
