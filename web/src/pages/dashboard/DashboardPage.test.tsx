import { screen } from "@testing-library/react";
import { expect, it } from "vitest";

import { emptyDashboard } from "../../test/fixtures";
import { list, show } from "../../test/render";
import DashboardPage from "./DashboardPage";

const status = { version: "1", sample: false, last_scan: null, store: "", counts: { recommendations: 0, attack_paths: 0, alerts: 0, incidents: 0 } };

it("leads the way in while there is nothing", async () => {
  show(<DashboardPage />, { dashboard: emptyDashboard, status, scans: list([]) });
  expect(await screen.findByText("See every AI workload you run")).toBeTruthy();
  expect(screen.getByRole("link", { name: "Choose a folder" }).getAttribute("href")).toBe("/scans?new=1");
});

it("makes every number a link to its query or its page, and keeps the scope", async () => {
  const query = "MATCH (a:ObjectStore) WHERE a.provider = 'aws' RETURN DISTINCT a";
  const figure = (value: number, more: object = {}) => ({ value, query: null, link: null, ...more });
  show(<DashboardPage />, {
    status,
    dashboard: {
      ...emptyDashboard,
      overview: {
        ...emptyDashboard.overview,
        estate: [{ provider: "aws", storage: figure(12345, { query }), managed_databases: figure(0), hosted_databases: figure(0), ai_services: figure(2) }],
        attention: { ...emptyDashboard.overview.attention, alerts: figure(3, { link: "/alerts?status=active" }) },
      },
    },
  }, { address: "/?scope=sub-1" });
  const storage = await screen.findByRole("link", { name: "Storage: 12,345" });
  expect(storage.textContent).toBe("12.3K");
  const address = new URL(storage.getAttribute("href") ?? "", "http://picket.test");
  expect([address.pathname, address.searchParams.get("query"), address.searchParams.get("scope")]).toEqual(["/explorer", query, "sub-1"]);
  expect(screen.getByRole("link", { name: "with open alerts: 3" }).getAttribute("href")).toBe("/alerts?status=active&scope=sub-1");
});
