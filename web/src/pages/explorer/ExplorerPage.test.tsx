import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";

import { asset, node } from "../../test/fixtures";
import { list, Refusal, type Request, show } from "../../test/render";
import ExplorerPage from "./ExplorerPage";
import { connectionsOf } from "./schema";
import { negated, propertyPhrase } from "./Sentence";

// The editor and the canvas measure what jsdom does not lay out; the flows in a real browser are in e2e.
vi.mock("./Editor", () => ({
  default: ({ text, onChange }: { text: string; onChange: (text: string) => void }) =>
    <textarea aria-label="query" value={text} onChange={(event) => onChange(event.target.value)} />,
}));
vi.mock("../../ui/GraphCanvas", () => ({ default: ({ label }: { label: string }) => <div>{label}</div> }));

const template = {
  id: "t", title: "AI workloads and models in use", description: "Services and models", category: "AI & ML", params: {},
  query: "MATCH (s:AiService)-[:CONTAINS]->(d:ModelDeployment)\nRETURN s, d\n",
};
const schema = {
  labels: [{ label: "Model", category: "AI", count: 4, properties: ["publisher"] }],
  relations: [{ type: "DEPLOYS", count: 3, connections: [{ source: "ModelDeployment", target: "Model", count: 3 }] }],
};
const answer = { columns: ["s", "d"], rows: [[node("service", "AiService"), node("gpt", "ModelDeployment")]], stats: { rows: 1, elapsed_us: 840, truncated: false } };
const base = { "explorer/templates": { items: [template] }, "explorer/schema": schema, environments: list([]) };

it("goes from a template to its rows, their graph and a node's findings", async () => {
  const finding = { id: "f", kind: "model_metadata", severity: "informational", title: "gpt-4o, Standard", detail: "d", evidence: { version: "2024-11-20" }, first_seen: "2026-03-01T00:00:00Z" };
  const requests = show(<ExplorerPage />, {
    ...base, "POST explorer/query": ({ body }: Request) => ((body as { query: string }).query.includes("type(r)") ? { ...answer, rows: [] } : answer),
    "assets/service": asset("service"), "assets/gpt": asset("gpt", { findings: [finding] as never }),
  });
  const user = userEvent.setup();
  await user.click(await screen.findByRole("button", { name: /AI workloads and models in use/ }));
  expect(screen.getByText("that contain")).toBeTruthy();
  await user.click(await screen.findByText("gpt"));
  expect(await screen.findByText("The result's own graph")).toBeTruthy();
  await user.click(screen.getByRole("button", { name: "Show as list" }));
  const panel = screen.getByRole("complementary", { name: "Result" });
  await user.click(within(panel).getByRole("button", { name: /gpt/ }));
  expect(await within(panel).findByText("gpt-4o, Standard")).toBeTruthy();
  expect(requests.find(({ path }) => path === "explorer/query")?.body).toMatchObject({ query: template.query.trim() });
  expect(screen.getByTestId("address").textContent).toContain("row=0");
});

it("lets chips write the query and the query write the chips", async () => {
  show(<ExplorerPage />, base);
  const user = userEvent.setup();
  await user.click(await screen.findByRole("button", { name: "Add a condition" }));
  await user.click(await screen.findByText("are deployed by"));
  const editor = await screen.findByLabelText<HTMLTextAreaElement>("query");
  expect(editor.value).toContain("MATCH (model:Model)<-[:DEPLOYS]-(modelDeployment:ModelDeployment)");
  await user.clear(editor);
  await user.type(editor, "MATCH (n) RETURN count(n)");
  expect(screen.getByText(/says more than chips can show/)).toBeTruthy();
});

it("says what is wrong with a query", async () => {
  show(<ExplorerPage />, { ...base, "POST explorer/query": new Refusal(400, { title: "Bad Request", detail: "expected RETURN at line 1, column 20", line: 1, column: 20 }) },
    { address: "/?query=MATCH (m:Model) RETRUN m" });
  expect(await screen.findByText(/Expected RETURN at line 1, column 20\./)).toBeTruthy();
});

it("asks for the relations between the nodes of a row", async () => {
  const requests = show(<ExplorerPage />, {
    ...base, "assets/service": asset("service"),
    "POST explorer/query": ({ body }: Request) => ("ids" in (body as { params: object }).params
      ? { columns: ["r"], rows: [[{ _kind: "relation", type: "CONTAINS", source: "service", target: "gpt", properties: {} }]], stats: answer.stats } : answer),
  }, { address: "/?query=MATCH (m:Model) RETURN m&row=0" });
  await waitFor(() => expect(requests.some(({ body = null }) => JSON.stringify(body).includes('"ids":["gpt","service"]'))).toBe(true));
  await userEvent.click(await screen.findByRole("button", { name: "Show as list" }));
  expect(await screen.findByText("CONTAINS")).toBeTruthy();
});

it("knows what a kind connects to, both ways", () => {
  expect(connectionsOf(schema as never, "Model")).toEqual([{ relation: "DEPLOYS", direction: "in", other: "ModelDeployment", count: 3 }]);
  expect(connectionsOf(schema as never, "AI")).toHaveLength(2);
  expect(connectionsOf(undefined, "Model")).toEqual([]);
});

it("says conditions as people do", () => {
  expect(negated("are protected by")).toBe("are not protected by");
  expect(negated("use")).toBe("do not use");
  expect(propertyPhrase({ type: "property", property: "findings", operator: "HAS", value: "public_access" })).toBe("with: allows public access");
  expect(propertyPhrase({ type: "property", property: "provider", operator: "=", value: "aws" })).toBe("whose provider is AWS");
});
