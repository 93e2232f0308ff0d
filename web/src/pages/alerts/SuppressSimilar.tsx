import { Button, Checkbox, Dropdown, Input, Option } from "@fluentui/react-components";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { suppress } from "../../api/queries";
import type { Alert, SuppressionRule } from "../../api/types";
import { formatCount, humanize, plural } from "../../lib/format";
import { ENTITIES } from "../../ui/entity";
import { Failure } from "../../ui/States";
import css from "./alerts.module.css";

const REASONS: readonly SuppressionRule["reason"][] = ["false_positive", "expected_activity", "security_testing", "too_noisy", "other"];

/** A rule that dismisses alerts like this one from now on; what it would have dismissed so far is shown first. */
export function SuppressSimilar({ alert }: { alert: Alert }) {
  const client = useQueryClient();
  const [reason, setReason] = useState<SuppressionRule["reason"]>("expected_activity");
  const [comment, setComment] = useState("");
  const [same, setSame] = useState<readonly number[]>([0]);
  const rule: SuppressionRule = {
    name: nameFor(alert), alert_type: alert.alert_type, reason, comment, state: "enabled", expires: null,
    all_of: alert.entities.filter((_, index) => same.includes(index)).map(({ type, value }) => ({ field: type, op: "equals", value })),
  };
  const simulation = useMutation({ mutationFn: () => suppress(rule, true) });
  const keep = useMutation({
    mutationFn: () => suppress(rule, false),
    onSuccess: () => client.invalidateQueries({ queryKey: ["alerts"] }),
  });
  const error = simulation.error ?? keep.error;
  return (
    <div className={css.suppress}>
      <p className={css.quiet}>Alerts of type <code>{alert.alert_type}</code> are then dismissed when they share all of:</p>
      {alert.entities.map(({ type, value }, index) => (
        <Checkbox key={`${type} ${value}`} label={<><strong>{ENTITIES[type].label}</strong> {value}</>} checked={same.includes(index)}
          onChange={(_, { checked }) => { setSame(checked === true ? [...same, index] : same.filter((one) => one !== index)); simulation.reset(); }} />
      ))}
      <div className={css.handle}>
        <label htmlFor="suppress-reason">Reason</label>
        <Dropdown id="suppress-reason" size="small" value={humanize(reason)} selectedOptions={[reason]}
          onOptionSelect={(_, { optionValue }) => setReason(REASONS.find((known) => known === optionValue) ?? reason)}>
          {REASONS.map((value) => <Option key={value} value={value}>{humanize(value)}</Option>)}
        </Dropdown>
        <label htmlFor="suppress-comment">Remark</label>
        <Input id="suppress-comment" size="small" value={comment} onChange={(_, { value }) => setComment(value)} />
      </div>
      <div className={css.buttons}>
        <Button size="small" disabled={simulation.isPending} onClick={() => simulation.mutate()}>Simulate</Button>
        <Button size="small" appearance="primary" disabled={keep.isPending || keep.isSuccess} onClick={() => keep.mutate()}>Suppress similar</Button>
      </div>
      {simulation.data && <p className={css.quiet} role="status">Of {plural(simulation.data.examined, "alert")} so far, this rule would have dismissed {formatCount(simulation.data.matched.length)}.</p>}
      {keep.isSuccess && <p className={css.quiet} role="status">Kept as <code>{rule.name}</code>. Alerts of before stay as they are.</p>}
      {error && <Failure what="The rule was not accepted" error={error} />}
    </div>
  );
}

/** A name as rules have it: letters, digits, `-` and `_`, at most 50. */
const nameFor = ({ alert_type, id }: Alert): string => `${alert_type.replaceAll(/[^A-Za-z0-9]+/g, "-").slice(0, 41)}-${id.slice(-8)}`;
