import { Link } from "react-router";

import { useDashboard, useStatus } from "../../api/queries";
import type { Dashboard } from "../../api/types";
import { useLinks, useScope } from "../../app/url";
import { Page } from "../../ui/Page";
import { Loading } from "../../ui/States";
import { Time } from "../../ui/Time";
import { AiLook, DataLook } from "./CloserLook";
import css from "./dashboard.module.css";
import { FirstRun } from "./FirstRun";
import { Attention, EstateCard, ProtectionCard } from "./Overview";
import { TopIssues } from "./TopIssues";

/** What a lead sees in two minutes: the estate, its protection, what is wrong; every number leads to what it counts. */
export default function DashboardPage() {
  const query = useDashboard(useScope());
  const { data: status } = useStatus();
  const to = useLinks();
  return (
    <Page title="Data & AI security" scroll
      hint={status?.last_scan && <>as of <Time at={status.last_scan} /></>}
      actions={<Link className={css.action} to={to("/explorer")}>Ask the graph</Link>}>
      <Loading query={query} what="The dashboard could not be read" rows={12}>
        {(dashboard) => isEmpty(dashboard) ? <FirstRun /> : (
          <div className={css.dashboard}>
            <div className={css.overview}>
              <EstateCard estate={dashboard.overview.estate} />
              <ProtectionCard protection={dashboard.overview.protection} />
              <Attention attention={dashboard.overview.attention} trends={dashboard.trends} />
            </div>
            <TopIssues issues={dashboard.top_issues} />
            <div className={css.looks}>
              <DataLook data={dashboard.data} />
              <AiLook ai={dashboard.ai} trends={dashboard.trends} />
            </div>
          </div>
        )}
      </Loading>
    </Page>
  );
}

function isEmpty({ overview, ai }: Dashboard): boolean {
  return overview.estate.length === 0 && overview.protection.resources.value === 0 && ai.resources.length === 0 && ai.prompts_scanned.value === 0;
}
