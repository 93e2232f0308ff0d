import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";

import { alert } from "../../test/fixtures";
import { list, type Request, show } from "../../test/render";
import AlertsPage from "./AlertsPage";

it("opens an alert with its evidence highlighted by bytes, and changes its status", async () => {
  const one = alert("a1");
  const requests = show(<AlertsPage />, {
    alerts: list([one, alert("a2", { alert_display_name: "Another" })]),
    recommendations: list([]),
    "PATCH alerts/a1": ({ body }: Request) => ({ ...one, ...(body as object) }),
  });
  const user = userEvent.setup();
  await user.click(await screen.findByText("A jailbreak attempt was blocked"));
  const panel = screen.getByRole("complementary", { name: "Alert" });
  expect(within(panel).getByText("A prompt tried to override the rules.")).toBeTruthy();
  expect(panel.querySelector("mark")?.textContent).toBe("ignore all rules");
  expect(screen.getByTestId("address").textContent).toContain("alert=a1");

  await user.click(within(panel).getByRole("tab", { name: "Take action" }));
  await user.click(within(panel).getByRole("combobox", { name: "Status" }));
  await user.click(await screen.findByRole("option", { name: "Resolved" }));
  expect(requests.find(({ method }) => method === "PATCH")).toMatchObject({ path: "alerts/a1", body: { status: "resolved" } });
});

it("says when text was not kept, and shows markup as text", async () => {
  const evidence = [{ channel: "user" as const, category: "jailbreak" as const, rule: "r", segment: null, highlight: null, masked: [] }];
  show(<AlertsPage />, { alerts: list([alert("a1", { evidence, description: "<img src=x onerror=alert(1)>" })]), recommendations: list([]) }, { address: "/?alert=a1" });
  const panel = await screen.findByRole("complementary", { name: "Alert" });
  expect(within(panel).getByText(/suspicious prompt evidence/)).toBeTruthy();
  expect(within(panel).getByText("<img src=x onerror=alert(1)>")).toBeTruthy();
  expect(panel.querySelector("img")).toBeNull();
});

it("tells an empty queue from filters that hide it", async () => {
  show(<AlertsPage />, { alerts: list([]) });
  expect(await screen.findByText("No alerts")).toBeTruthy();
  expect(screen.getByRole("button", { name: "Make sample alerts" })).toBeTruthy();
});

it("offers a way out of filters that fit nothing", async () => {
  show(<AlertsPage />, { alerts: list([alert("a1")]) }, { address: "/?status=resolved" });
  await userEvent.click(await screen.findByRole("button", { name: "Clear filters" }));
  expect(await screen.findByText("A jailbreak attempt was blocked")).toBeTruthy();
});
