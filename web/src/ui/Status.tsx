import { humanize } from "../lib/format";
import { STATUS_LABEL } from "../lib/vocabulary";
import { CheckmarkCircleFilled, CircleRegular, DismissCircleRegular, ErrorCircleRegular, SubtractCircleRegular, ArrowSyncRegular, WarningRegular } from "./icons";
import css from "./status.module.css";

const ICONS = {
  active: ErrorCircleRegular, unhealthy: ErrorCircleRegular, failed: DismissCircleRegular, in_progress: ArrowSyncRegular,
  running: ArrowSyncRegular, resolved: CheckmarkCircleFilled, healthy: CheckmarkCircleFilled, succeeded: CheckmarkCircleFilled,
  dismissed: SubtractCircleRegular, exempt: SubtractCircleRegular, partial: WarningRegular, interrupted: WarningRegular,
} as const;

/** Where something stands: icon and word. */
export function StatusText({ status }: { status: string }) {
  const Icon = (ICONS as Record<string, typeof CircleRegular>)[status] ?? CircleRegular;
  return <span className={css.status} data-status={status}><Icon aria-hidden="true" />{STATUS_LABEL[status] ?? humanize(status)}</span>;
}
