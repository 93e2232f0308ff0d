import { Button, Input, Popover, PopoverSurface, PopoverTrigger } from "@fluentui/react-components";
import { useState } from "react";

import { useScans } from "../../api/queries";
import { formatExact } from "../../lib/format";
import { ChevronDownRegular, TimelineRegular } from "../../ui/icons";
import { Time, useUtc } from "../../ui/Time";
import css from "./bom.module.css";
import { fromField, toField } from "./part";

/** Scans offered as moments. */
const OFFERED = 30;

/** A moment to look at: now, after a scan, or any other. */
export function MomentPicker({ label, at, onPick }: { label: string; at: string; onPick: (at: string) => void }) {
  const [open, setOpen] = useState(false);
  const { data: scans = [] } = useScans();
  const utc = useUtc();
  const pick = (moment: string) => {
    setOpen(false);
    onPick(moment);
  };
  const ended = scans.filter(({ finished, state }) => finished && (state === "succeeded" || state === "partial")).slice(0, OFFERED);
  return (
    <Popover trapFocus open={open} onOpenChange={(_, data) => setOpen(data.open)} positioning="below-start">
      <PopoverTrigger disableButtonEnhancement>
        <Button size="small" icon={<TimelineRegular />} aria-label={`${label}: ${at === "" ? "now" : formatExact(at, utc)}`}>
          {at === "" ? "Now" : formatExact(at, utc)}<ChevronDownRegular className={css.chevron ?? ""} />
        </Button>
      </PopoverTrigger>
      <PopoverSurface className={css.moments ?? ""} aria-label={label}>
        <button type="button" className={css.moment} aria-current={at === ""} onClick={() => pick("")}><strong>Now</strong></button>
        {ended.length > 0 && <h3>After a scan</h3>}
        <ul>
          {ended.map((scan) => (
            <li key={scan.id}>
              <button type="button" className={css.moment} aria-current={scan.finished === at} onClick={() => pick(scan.finished ?? "")}>
                <strong><Time at={scan.finished} exact /></strong><small title={scan.source}>{scan.source}</small>
              </button>
            </li>
          ))}
        </ul>
        <h3>Another moment (UTC)</h3>
        <Input size="small" type="datetime-local" step={1} aria-label={`${label}: another moment (UTC)`} defaultValue={toField(at)} onChange={(_, { value }) => { if (fromField(value) !== "") onPick(fromField(value)); }} />
      </PopoverSurface>
    </Popover>
  );
}
