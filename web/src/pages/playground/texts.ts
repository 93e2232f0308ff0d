import type { Channel } from "../../api/types";

export type Texts = { prompt: string; documents: string[]; response: string };
export type Input = { id: string; text: string; channel: Channel };

/** What the shield is asked: each text by itself; empty ones are left out. */
export function inputsOf({ prompt, documents, response }: Texts): Input[] {
  const inputs: Input[] = [
    { id: "prompt", text: prompt, channel: "user" },
    ...documents.map((text, index): Input => ({ id: `document-${index}`, text, channel: "document" })),
    { id: "response", text: response, channel: "response" },
  ];
  return inputs.filter(({ text }) => text.trim() !== "");
}

/** The text that an input's id stands for. */
export function textOf(texts: Texts, id: string): string {
  if (id === "prompt") return texts.prompt;
  if (id === "response") return texts.response;
  return texts.documents[Number(id.replace("document-", ""))] ?? "";
}

export function nameOf(id: string, texts: Texts): string {
  if (id === "prompt") return "Prompt";
  if (id === "response") return "Response";
  return texts.documents.length > 1 ? `Document ${Number(id.replace("document-", "")) + 1}` : "Document";
}
