import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";

import type { Environment } from "../../api/types";
import { treeRows } from "../../lib/environments";
import { list, show } from "../../test/render";
import EnvironmentsPage from "./EnvironmentsPage";

const environment = (id: string, parent: string | null): Environment =>
  ({ id, name: id, kind: "subscription", provider: "azure", parent, last_scanned: null });

it("draws the tree, whatever its parents are", () => {
  const rows = treeRows([environment("c", "b"), environment("b", "a"), environment("a", null), environment("lost", "gone"), environment("self", "self")]);
  expect(rows.map(({ id, depth }) => [id, depth])).toEqual([["a", 0], ["b", 1], ["c", 2], ["lost", 0], ["self", 0]]);
});

it("switches a plan and one of its extensions, and says what is inherited", async () => {
  const plans = [{ plan: "ai-workloads", state: "on", inherited_from: "a", extensions: { "suspicious-prompt-evidence": false } }];
  const requests = show(<EnvironmentsPage />, {
    environments: list([environment("a", null), environment("b", "a")]),
    coverage: [{ environment: "b", level: "partial", plans, steps: [{ id: "s", title: "Traffic is inspected", done: false, action: "Point clients at the gateway" }] }],
    "environments/b/plans": plans, "PUT environments/b/plans": plans,
  }, { address: "/?environment=b" });
  const panel = await screen.findByRole("complementary", { name: "Environment" });
  expect(await within(panel).findByText(/On by inheritance from a/)).toBeTruthy();
  expect(within(panel).getByText("Point clients at the gateway")).toBeTruthy();
  await userEvent.click(within(panel).getByRole("switch", { name: "Suspicious prompt evidence" }));
  await waitFor(() => expect(requests.find(({ method }) => method === "PUT")?.body).toEqual({
    plans: [{ plan: "ai-workloads", state: "on", extensions: { "suspicious-prompt-evidence": true } }],
  }));
});
