import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it } from "vitest";

import { asset } from "../../test/fixtures";
import { list, Refusal, type Request, show } from "../../test/render";
import { columnsOf, baseColumns, propertyText } from "./columns";
import InventoryPage from "./InventoryPage";
import { viewOf } from "./SavedViews";
import { queryOf } from "./Selection";

beforeEach(() => localStorage.clear());

const long = "a".repeat(300);
const assets = [asset("a1", { name: "alpha", properties: { publisher: "openai" } }), asset("b2", { name: long }), asset("c3", { name: "gamma" })];
const answers = { assets: list(assets), environments: list([]), "explorer/schema": { labels: [{ label: "Model", category: "AI", count: 1, properties: ["publisher", "name"] }], relations: [] } };

const first = ([element]: HTMLElement[]): HTMLElement => {
  if (!element) throw new Error("no such element");
  return element;
};

it("asks the server for filters and order, and says when nothing fits", async () => {
  const requests = show(<InventoryPage />, { ...answers, assets: list([]) }, { address: "/?kind=Model&sort=-name&gone=true" });
  expect(await screen.findByText("No asset fits these filters")).toBeTruthy();
  const asked = requests.find(({ path }) => path === "assets");
  expect(Object.fromEntries(asked?.params ?? [])).toMatchObject({ kind: "Model", sort: "-name", gone: "true", limit: "200" });
  await userEvent.click(first(screen.getAllByRole("button", { name: "Clear filters" })));
  expect(await screen.findByText("Nothing found yet")).toBeTruthy();
});

it("shows what failed, with a retry that works", async () => {
  let failing = true;
  show(<InventoryPage />, { ...answers, assets: () => (failing ? new Refusal(503, { title: "Service Unavailable", detail: "the store could not answer" }) : list(assets)) });
  expect(await screen.findByText(/The store could not answer/)).toBeTruthy();
  failing = false;
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByText("alpha")).toBeTruthy();
});

it("marks rows by Space, Shift and the head, and opens none of them", async () => {
  show(<InventoryPage />, answers);
  const user = userEvent.setup();
  const grid = await screen.findByRole("grid", { name: "Assets" });
  grid.focus();
  await user.keyboard(" ");
  expect(screen.getByText("1 asset marked")).toBeTruthy();
  await user.keyboard("{Shift>}{ArrowDown}{/Shift}");
  expect(screen.getByText("2 assets marked")).toBeTruthy();
  await user.keyboard("{Control>}a{/Control}");
  expect(screen.getByText("3 assets marked")).toBeTruthy();
  await user.click(first(within(grid).getAllByRole("checkbox", { name: "Mark the row" })));
  expect(screen.getByText("2 assets marked")).toBeTruthy();
  expect(screen.getByTestId("address").textContent).not.toContain("asset=");
});

it("keeps a view under a name in this browser", async () => {
  show(<InventoryPage />, answers, { address: "/?kind=Model&columns=name,properties.publisher&scope=s" });
  const user = userEvent.setup();
  expect(await screen.findByRole("columnheader", { name: "Publisher" })).toBeTruthy();
  await user.click(screen.getByRole("button", { name: "Saved filters" }));
  // The popover takes the focus for itself while it opens, so that keys could go astray.
  fireEvent.change(await screen.findByRole("textbox", { name: "Name for this view" }), { target: { value: "Mine" } });
  await user.click(screen.getByRole("button", { name: "Save" }));
  await waitFor(() => expect(JSON.parse(localStorage.getItem("picket.views.inventory") ?? "[]")).toEqual([{ name: "Mine", search: "columns=name%2Cproperties.publisher&kind=Model" }]));
});

it("names columns by their properties, and an unknown one not at all", () => {
  const columns = columnsOf(["name", "properties.max_tokens", "nonsense"], baseColumns([]));
  expect(columns.map(({ header }) => header)).toEqual(["Name", "Max tokens"]);
  expect([null, true, ["a", 1], { a: 1 }, 3].map(propertyText)).toEqual([null, "yes", "a, 1", '{"a":1}', 3]);
});

it("writes the parts of an address that a view holds, in one order", () => {
  expect(viewOf(new URLSearchParams("sort=name&asset=x&kind=Model&q="), ["kind", "q", "sort"])).toBe("kind=Model&sort=name");
});

it("asks for marked assets by id, whatever the id holds", () => {
  expect(queryOf([asset("o'brien")])).toContain("['o\\'brien']");
});

it("shows what changed, with credentials masked", async () => {
  const change = (request: Request) => {
    expect(request.params.get("limit")).toBe("50");
    return list([
      { id: "2", asset: "a1", time: "2026-03-02T00:00:00Z", source: "aws", kind: "changed", more: 3, fields: [
        { field: "properties.version", before: "1", after: null, omitted: false }, { field: "tags.key", before: null, after: "masked:0123456789abcdef", omitted: false },
        { field: "findings", before: null, after: { id: "f", kind: "secret", severity: "high", title: "A key in clear" }, omitted: false },
        { field: "relations", before: { kind: "USES", target: "model://x/gpt" }, after: null, omitted: false }, { field: "properties.prompt", before: null, after: null, omitted: true },
      ] },
      { id: "appeared:aws", asset: "a1", time: "2026-03-01T00:00:00Z", source: "aws", kind: "appeared", more: 0, fields: [] },
    ]);
  };
  show(<InventoryPage />, { ...answers, "assets/a1": assets[0], "assets/a1/history": change }, { address: "/?asset=a1&tab=history" });
  expect(await screen.findByText("Changed")).toBeTruthy();
  for (const text of ["Appeared", "nothing", "•••• 01234567", "A key in clear", "No longer uses", "gpt", "changed; too long to keep", "and 3 more changes"]) {
    expect(screen.getAllByText(text).length).toBeGreaterThan(0);
  }
});
