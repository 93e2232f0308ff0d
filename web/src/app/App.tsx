import { FluentProvider } from "@fluentui/react-components";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { lazy } from "react";
import { BrowserRouter, Navigate, Route, Routes, useLocation } from "react-router";

import { Problem } from "../api/client";
import { Frame } from "./Frame";
import { useTheme } from "./theme";

// Each page is a chunk of its own: a reader loads what is looked at.
const Dashboard = lazy(() => import("../pages/dashboard/DashboardPage"));
const Inventory = lazy(() => import("../pages/inventory/InventoryPage"));
const AssetPage = lazy(() => import("../pages/inventory/AssetPage"));
const Explorer = lazy(() => import("../pages/explorer/ExplorerPage"));
const Recommendations = lazy(() => import("../pages/recommendations/RecommendationsPage"));
const AttackPaths = lazy(() => import("../pages/attack-paths/AttackPathsPage"));
const Alerts = lazy(() => import("../pages/alerts/AlertsPage"));
const Incidents = lazy(() => import("../pages/incidents/IncidentsPage"));
const IncidentPage = lazy(() => import("../pages/incidents/IncidentPage"));
const Interactions = lazy(() => import("../pages/interactions/InteractionsPage"));
const Bom = lazy(() => import("../pages/bom/BomPage"));
const Code = lazy(() => import("../pages/code/CodePage"));
const Environments = lazy(() => import("../pages/environments/EnvironmentsPage"));
const Scans = lazy(() => import("../pages/scans/ScansPage"));
const Playground = lazy(() => import("../pages/playground/PlaygroundPage"));
const NotFound = lazy(() => import("../pages/NotFound"));

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // What the server refuses stays refused; only silence is worth another try.
      retry: (failures, error) => failures < 2 && error instanceof Problem && (error.status === 0 || error.status >= 502),
    },
  },
});

export function App() {
  const { theme } = useTheme();
  return (
    <FluentProvider theme={theme}>
      <QueryClientProvider client={client}>
        <BrowserRouter>
          <Routes>
            <Route element={<Frame />}>
              <Route index element={<Dashboard />} />
              <Route path="inventory" element={<Inventory />} />
              <Route path="inventory/:id" element={<AssetPage />} />
              <Route path="explorer" element={<Explorer />} />
              <Route path="recommendations" element={<Recommendations />} />
              <Route path="attack-paths" element={<AttackPaths />} />
              <Route path="alerts" element={<Alerts />} />
              <Route path="incidents" element={<Incidents />} />
              <Route path="incidents/:id" element={<IncidentPage />} />
              <Route path="interactions" element={<Interactions />} />
              <Route path="bom" element={<Bom />} />
              <Route path="code" element={<Code />} />
              <Route path="settings/environments" element={<Environments />} />
              <Route path="environments" element={<ToEnvironments />} />
              <Route path="scans" element={<Scans />} />
              <Route path="playground" element={<Playground />} />
              <Route path="*" element={<NotFound />} />
            </Route>
          </Routes>
        </BrowserRouter>
      </QueryClientProvider>
    </FluentProvider>
  );
}

/** The short address of the environments' page, with its filters. */
function ToEnvironments() {
  const { search } = useLocation();
  return <Navigate to={{ pathname: "/settings/environments", search }} replace />;
}
