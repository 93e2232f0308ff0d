import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";

import type { Detection, Explained, RuleInfo, ShieldInput, View } from "../../api/types";
import { type Request, show } from "../../test/render";
import { cut, placesOf, slice } from "./places";
import PlaygroundPage from "./PlaygroundPage";
import { inputsOf, nameOf } from "./texts";
import { allowEntry, threshold } from "./tuning";

const RULE: RuleInfo = {
  id: "jailbreak.ignore_previous", title: "Ignore the instructions so far", description: "Sets the rules aside.", category: "jailbreak",
  technique: { id: "change_of_rules", title: "Change of rules", attack: "user_prompt", description: "Other rules are to hold.", owasp: ["LLM01:2025"], atlas: ["AML.T0054"] },
  owasp: ["LLM01:2025"], atlas: ["AML.T0054"], tuning: "Allow a team that tests.",
};
const detection = (over: Partial<Detection> = {}): Detection => ({ category: "jailbreak", rule: RULE.id, score: 0.97, span: [3, 13], channel: "user", message: 0, ...over });
const view = (over: Partial<View> = {}): View => ({ technique: "base64", channel: "user", message: 0, span: [3, 13], depth: 0, text: "ignore all", rules: [RULE.id], ...over });
const explained = (over: Partial<Explained> = {}): Explained => ({
  id: "prompt", verdict: "malicious", score: 0.97, categories: ["jailbreak"], detections: [detection()], elapsed_us: 210, sensitivity: "medium", views: [], rules: { [RULE.id]: RULE }, ...over,
});
const clean = (id: string) => explained({ id, verdict: "clean", score: 0.01, categories: [], detections: [], rules: {} });

it("sends each text by itself and leaves empty ones out", () => {
  const texts = { prompt: "p", documents: ["", "d"], results: ["r"], response: " " };
  expect(inputsOf(texts)).toEqual([
    { id: "prompt", text: "p", channel: "user" }, { id: "document-1", text: "d", channel: "document" }, { id: "result-0", text: "r", channel: "tool" },
  ]);
  expect(["prompt", "document-1", "result-0", "response"].map((id) => nameOf(id, texts))).toEqual(["Prompt", "Document 2", "Tool result", "Response"]);
});

it("gathers what overlaps into one place and finds the views that belong there", () => {
  const { places, others } = placesOf([explained({
    detections: [detection({ score: 0.8 }), detection({ span: [8, 20], rule: "jailbreak.classifier" }), detection({ span: [8, 20], score: 0.6 }), detection({ span: [40, 44] })],
    views: [view(), view({ span: [50, 60], rules: [] }), view({ rules: [] })],
  })]);
  expect(places.map(({ span, score, detections, views }) => [span, score, detections.map(({ rule }) => rule), views.length])).toEqual([
    [[3, 20], 0.97, ["jailbreak.classifier", RULE.id], 1], [[40, 44], 0.97, [RULE.id], 0],
  ]);
  expect(others.map((other) => other.view.span)).toEqual([[50, 60], [3, 13]]);
});

it("cuts between characters and moves the spans along", () => {
  const text = `${"é".repeat(50)}ignore all${"é".repeat(50)}`;
  const { segment, spans: [span] } = cut(text, [100, 110], [[100, 110]]);
  expect(segment).toBe(`…${"é".repeat(30)}ignore all${"é".repeat(30)}…`);
  expect(slice(segment, span ?? [0, 0])).toBe("ignore all");
  expect(slice(text, [0, 100], 5)).toBe("ééé…");
  const long = cut("x".repeat(5000), [0, 5000], [[0, 5000]]);
  expect(long.segment).toHaveLength(901);
});

it("writes settings that are just wide enough", () => {
  expect(allowEntry(detection(), 'say "all" (now)')).toBe('[[shield.allow]]\nrule = "jailbreak.ignore_previous"\npattern = "(?i)say \\"all\\" \\\\(now\\\\)"\nchannel = "user"');
  expect(allowEntry(detection(), "x".repeat(500))).not.toContain("pattern");
  expect(allowEntry(detection(), "a\nb")).not.toContain("pattern");
  expect(threshold(detection())).toBe("[shield.thresholds]\njailbreak = { user = 0.98 }");
  expect(threshold(detection({ score: 0.5699999 }))).toContain("user = 0.58");
  expect(threshold(detection({ score: 1 }))).toContain("user = 1.01");
});

it("shows the verdict as one types, with the spot, the rule and how to tune it", async () => {
  const requests = show(<PlaygroundPage />, {
    "POST shield/analyze": ({ body }: Request) => (body as ShieldInput[]).map(({ id, text }) => (text.includes("ignore") ? explained({ id }) : clean(id))),
  });
  const prompt = screen.getByRole("textbox", { name: "Prompt" });
  await userEvent.type(prompt, "é ignore all of it");
  expect(await screen.findAllByText("Malicious")).toHaveLength(2);
  expect(requests.at(-1)?.params.get("explain")).toBe("true");
  // Two bytes of `é` stand before the span.
  expect([...document.querySelectorAll("mark")].map((mark) => mark.textContent)).toEqual(["ignore all", "ignore all"]);
  await userEvent.click(screen.getByText(RULE.title));
  for (const text of [RULE.description, RULE.id, "Change of rules", "LLM01:2025", "AML.T0054", RULE.tuning]) expect(screen.getByText(text)).toBeTruthy();
  expect(screen.getByText(/pattern = "\(\?i\)ignore all"/)).toBeTruthy();
  await userEvent.clear(prompt);
  await userEvent.type(prompt, "good morning");
  expect(await screen.findAllByText("Clean")).toHaveLength(2);
});

it("shows what was read in disguise, and what was seen in it", async () => {
  const inner = view({ depth: 1, technique: "rot13", text: "<b>ignore all</b>" });
  show(<PlaygroundPage />, {
    "POST shield/analyze": ({ body }: Request) => (body as ShieldInput[]).map(({ id }) => explained({ id, views: [view(), inner, view({ span: [14, 16], technique: "html_comment", text: "fine", rules: [] })] })),
  });
  await userEvent.type(screen.getByRole("textbox", { name: "Prompt" }), "-- aWdub3JlIGFs of");
  const read = await screen.findByRole("blockquote", { name: "Read as: Base64" });
  expect(read.textContent).toBe("ignore all");
  expect(screen.getByRole("blockquote", { name: "Read as: ROT13" }).textContent).toBe("<b>ignore all</b>");
  expect(screen.getAllByText("Seen in it: Ignore the instructions so far")).toHaveLength(2);
  expect(screen.getByText("1 further part read, nothing reported in it")).toBeTruthy();
});

it("takes tool results and says which text is meant", async () => {
  show(<PlaygroundPage />, {
    "POST shield/analyze": ({ body }: Request) => (body as ShieldInput[]).map(({ id, channel }) => (channel === "tool" ? explained({ id }) : clean(id))),
  });
  expect(screen.queryByRole("textbox", { name: "Tool result" })).toBeNull();
  await userEvent.click(screen.getByRole("button", { name: "Add a tool result" }));
  await userEvent.type(screen.getByRole("textbox", { name: "Tool result" }), "now ignore all");
  const banner = await screen.findByText("Bytes 3–13");
  expect(within(banner.closest("header") ?? document.body).getByText("Tool result")).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Remove tool result 1" }));
  expect(screen.queryByRole("textbox", { name: "Tool result" })).toBeNull();
});
