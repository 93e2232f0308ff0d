import { Button } from "@fluentui/react-components";
import { useCallback } from "react";

import { useScans } from "../../api/queries";
import type { Scan } from "../../api/types";
import { useUrlState } from "../../app/url";
import { formatCount, formatDuration, plural } from "../../lib/format";
import { type Column, DataTable } from "../../ui/DataTable";
import { AddRegular, ScanRegular } from "../../ui/icons";
import { Page } from "../../ui/Page";
import { SplitView } from "../../ui/SplitView";
import { Empty, Loading } from "../../ui/States";
import { StatusText } from "../../ui/Status";
import { Time } from "../../ui/Time";
import { ScanDetails } from "./ScanDetails";
import { StartScan } from "./StartScan";

export default function ScansPage() {
  const [read, write] = useUrlState();
  const query = useScans();
  const scans = query.data ?? [];
  const opened = scans.find(({ id }) => id === read("scan"));
  const starting = read("new") !== "";
  const close = useCallback(() => write({ scan: null, new: null }), [write]);
  const panel = starting ? <StartScan onStarted={(scan) => write({ new: null, scan: scan.id })} onClose={close} />
    : opened ? <ScanDetails key={opened.id} scan={opened} onClose={close} /> : null;
  return (
    <Page title="Scans" hint={query.data ? plural(scans.length, "scan") : undefined}
      actions={<Button size="small" appearance="primary" icon={<AddRegular />} onClick={() => write({ new: "1", scan: null })}>New scan</Button>}>
      <SplitView label="Scan" panel={panel}>
        <Loading query={query} what="The scans could not be read">
          {() => scans.length === 0 ? (
            <Empty icon={ScanRegular} title="Nothing scanned yet" action={<Button appearance="primary" onClick={() => write({ new: "1" })}>Start the first scan</Button>}>
              Point Picket at a repository or folder on the server, or at a cloud account whose credentials it has.
            </Empty>
          ) : (
            <DataTable label="Scans" columns={COLUMNS} rows={scans} rowKey={(row) => row.id} selected={opened?.id ?? null} onOpen={(row) => write({ scan: row.id, new: null })}
              footer={<span className="num">{plural(scans.length, "scan")}</span>} />
          )}
        </Loading>
      </SplitView>
    </Page>
  );
}

const COLUMNS: Column<Scan>[] = [
  { id: "state", header: "State", width: "130px", value: (row) => row.state, cell: (row) => <StatusText status={row.state} /> },
  { id: "source", header: "Source", width: "minmax(220px, 3fr)", value: (row) => row.source },
  { id: "started", header: "Started", width: "minmax(124px, 1fr)", value: (row) => row.started, cell: (row) => <Time at={row.started} /> },
  { id: "took", header: "Took", width: "minmax(90px, 0.7fr)", value: (row) => (row.finished ? formatDuration(row.started, row.finished) : null) },
  { id: "assets", header: "Assets", width: "84px", align: "end", value: (row) => formatCount(row.counts.assets) },
  { id: "relations", header: "Relations", width: "84px", align: "end", value: (row) => formatCount(row.counts.relations) },
  { id: "findings", header: "Findings", width: "84px", align: "end", value: (row) => formatCount(row.counts.findings) },
  { id: "gone", header: "Gone", width: "70px", align: "end", value: (row) => formatCount(row.counts.gone) },
  { id: "unread", header: "Not read", width: "84px", align: "end", value: (row) => formatCount(row.counts.diagnostics) },
];
