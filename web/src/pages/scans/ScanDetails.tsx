import { ProgressBar } from "@fluentui/react-components";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { Link } from "react-router";

import { listen } from "../../api/client";
import type { Scan, ScanProgress } from "../../api/types";
import { useLinks } from "../../app/url";
import { formatCount, formatDuration, humanize, plural } from "../../lib/format";
import { ScanRegular } from "../../ui/icons";
import { Facts, Panel, Section } from "../../ui/Panel";
import { StatusText } from "../../ui/Status";
import { Time } from "../../ui/Time";
import css from "./scans.module.css";

/** One scan: live while it runs, then what it found and what it could not read. */
export function ScanDetails({ scan, onClose }: { scan: Scan; onClose: () => void }) {
  const to = useLinks();
  const progress = useProgress(scan);
  return (
    <Panel icon={<ScanRegular />} title={scan.source} onClose={onClose} subtitle={<><StatusText status={scan.state} /><Time at={scan.started} /></>}>
      {scan.state === "running" && (
        <Section title="Progress">
          <ProgressBar {...(progress && progress.total > 0 ? { value: progress.done / progress.total } : {})} aria-label="Progress of the scan" />
          <p className={css.subject}>
            {progress ? <><span className="num">{formatCount(progress.done)}{progress.total > 0 ? ` of ${formatCount(progress.total)}` : ""}</span> <code>{progress.subject}</code></> : "Waiting for the first step…"}
          </p>
        </Section>
      )}
      {scan.error && <Section title="Why it failed"><p className={css.error}>{scan.error}</p></Section>}
      {scan.state === "interrupted" && <Section title="Interrupted"><p className={css.text}>The process ended before the scan did. What was found before is kept; start it again to read the rest.</p></Section>}
      <Section title="Found" aside={scan.counts.assets > 0 && <Link to={to("/inventory")}>See the inventory</Link>}>
        <dl className={css.counts}>
          {(["assets", "relations", "findings", "gone", "diagnostics"] as const).map((name) => (
            <div key={name}><dd className="num">{formatCount(scan.counts[name])}</dd><dt>{name === "diagnostics" ? "Not read" : humanize(name)}</dt></div>
          ))}
        </dl>
      </Section>
      <Section title="About">
        <Facts facts={[
          ["Started", <Time key="started" at={scan.started} exact />], ["Finished", scan.finished && <Time key="finished" at={scan.finished} exact />],
          ["Took", scan.finished && formatDuration(scan.started, scan.finished)], ["Id", <code key="id">{scan.id}</code>],
        ]} />
      </Section>
      {scan.diagnostics.length > 0 && (
        <Section title={`What could not be read (${plural(scan.counts.diagnostics, "thing")})`}>
          <ul className={css.diagnostics}>
            {scan.diagnostics.map((one, index) => (
              <li key={index}><div><strong>{humanize(one.status)}</strong><code>{one.subject}</code></div><p>{one.message}</p></li>
            ))}
          </ul>
        </Section>
      )}
    </Panel>
  );
}

function useProgress(scan: Scan): ScanProgress | null {
  const client = useQueryClient();
  const [progress, setProgress] = useState<ScanProgress | null>(null);
  const running = scan.state === "running";
  useEffect(() => {
    if (!running) return;
    const stop = listen(`scans/${encodeURIComponent(scan.id)}/events`, {
      progress: (data) => setProgress(data as unknown as ScanProgress),
      finished: () => {
        // The server closes the stream after this; listening on would start it over.
        stop();
        for (const key of ["scans", "assets", "status", "dashboard", "environments", "coverage"]) void client.invalidateQueries({ queryKey: [key] });
      },
    });
    return stop;
  }, [client, running, scan.id]);
  return progress;
}
