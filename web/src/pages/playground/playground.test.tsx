import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";

import type { ShieldInput } from "../../api/types";
import { type Request, show } from "../../test/render";
import PlaygroundPage from "./PlaygroundPage";
import { inputsOf } from "./texts";

it("sends each text by itself and leaves empty ones out", () => {
  expect(inputsOf({ prompt: "p", documents: ["", "d"], response: " " })).toEqual([
    { id: "prompt", text: "p", channel: "user" }, { id: "document-1", text: "d", channel: "document" },
  ]);
});

it("shows the verdict as one types, with the spot, the rule and how to tune it", async () => {
  show(<PlaygroundPage />, {
    "POST shield/analyze": ({ body }: Request) => (body as ShieldInput[]).map(({ id, text }) => ({
      id, verdict: text.includes("ignore") ? "malicious" : "clean", score: text.includes("ignore") ? 0.97 : 0.01, elapsed_us: 210, categories: [],
      // Two bytes of `é` stand before the span.
      detections: text.includes("ignore") ? [{ category: "jailbreak", rule: "jailbreak.ignore_previous", score: 0.97, span: [3, 13], channel: "user", message: 0 }] : [],
    })),
  });
  const prompt = screen.getByRole("textbox", { name: "Prompt" });
  await userEvent.type(prompt, "é ignore all of it");
  expect(await screen.findAllByText("Malicious")).toHaveLength(2);
  expect([...document.querySelectorAll("mark")].map((mark) => mark.textContent)).toEqual(["ignore all", "ignore all"]);
  expect(screen.getByText("jailbreak.ignore_previous")).toBeTruthy();
  expect(screen.getByText("How to tune")).toBeTruthy();
  await userEvent.clear(prompt);
  await userEvent.type(prompt, "good morning");
  expect(await screen.findAllByText("Clean")).toHaveLength(2);
});
