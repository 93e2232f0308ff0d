import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";

import { recommendation } from "../../test/fixtures";
import { list, Refusal, show } from "../../test/render";
import { groupByRule } from "./group";
import RecommendationsPage from "./RecommendationsPage";

const items = [
  recommendation("a.low", "one", { risk_level: "low" }),
  recommendation("b.critical", "two", { risk_level: "critical" }),
  recommendation("b.critical", "three", { risk_level: "medium" }),
  recommendation("b.critical", "four", { status: "healthy" }),
];

it("groups by rule, worst first, and counts what holds too", () => {
  const groups = groupByRule(items.filter(({ status }) => status === "unhealthy"), items);
  expect(groups.map(({ rule, worst, unhealthy, total }) => [rule, worst, unhealthy, total])).toEqual([
    ["b.critical", "critical", 2, 3], ["a.low", "low", 1, 1],
  ]);
  expect(groups[0]?.items.map(({ asset }) => asset)).toEqual(["two", "three"]);
});

it("opens a result with reason and remediation, and leaves healthy ones out", async () => {
  show(<RecommendationsPage />, { recommendations: list(items), environments: list([]) });
  await userEvent.click(await screen.findByRole("button", { name: "Open Title of b.critical for two" }));
  const panel = screen.getByRole("complementary", { name: "Recommendation" });
  expect(within(panel).getByText("two is open")).toBeTruthy();
  expect(within(panel).getByText("Close it")).toBeTruthy();
  expect(within(panel).getByText("The internet reaches the asset")).toBeTruthy();
  expect(screen.queryByText("four is open")).toBeNull();
});

it("says what failed and tries again", async () => {
  let down = true;
  show(<RecommendationsPage />, {
    environments: list([]),
    recommendations: () => (down ? new Refusal(503, { title: "Service Unavailable", detail: "the store could not answer" }) : list(items)),
  });
  expect(await screen.findByText(/The store could not answer\./)).toBeTruthy();
  down = false;
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByText("Title of a.low")).toBeTruthy();
});
