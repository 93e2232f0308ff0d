import { Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, DialogTrigger, Dropdown, Field, Input, Option, Textarea } from "@fluentui/react-components";
import { useState } from "react";

import { SEVERITIES, type Severity } from "../../api/types";
import { readCypher } from "../../lib/cypher/parse";
import { isRuleId, ruleIdOf, ruleYaml } from "../../lib/cypher/rule";
import { download } from "../../lib/csv";
import { humanize } from "../../lib/format";
import { SaveRegular } from "../../ui/icons";
import css from "./explorer.module.css";

/** Makes a recommendation of the query, to be kept with the other rule files. */
export function SaveAsRule({ query }: { query: string }) {
  const [title, setTitle] = useState("");
  const [id, setId] = useState("");
  const [severity, setSeverity] = useState<Severity>("medium");
  const [remediation, setRemediation] = useState("");
  const ruleId = id || ruleIdOf(title);
  const yaml = ruleYaml({ id: ruleId, title: title.trim() || "Say what should be so", severity, reason: "", remediation }, query, readCypher(query).built);
  const fits = isRuleId(ruleId);
  return (
    <Dialog>
      <DialogTrigger disableButtonEnhancement><Button size="small" icon={<SaveRegular />} disabled={query.trim() === ""}>Save as rule</Button></DialogTrigger>
      <DialogSurface className={css.rule ?? ""}>
        <DialogBody>
          <DialogTitle>Save as rule</DialogTitle>
          <DialogContent className={css.ruleForm ?? ""}>
            <div className={css.ruleFields}>
              <Field label="What should be so" hint="Becomes the recommendation's title">
                <Input value={title} placeholder="Agents should use a guardrail" maxLength={160} onChange={(_, { value }) => setTitle(value)} />
              </Field>
              <Field label="Id" validationState={fits ? "none" : "error"} {...(fits ? {} : { validationMessage: "Small letters, digits and _, with at least one dot" })}>
                <Input value={ruleId} onChange={(_, { value }) => setId(value)} />
              </Field>
              <Field label="Severity">
                <Dropdown value={humanize(severity)} selectedOptions={[severity]} onOptionSelect={(_, { optionValue }) => setSeverity(SEVERITIES.find((level) => level === optionValue) ?? severity)}>
                  {SEVERITIES.map((level) => <Option key={level} value={level}>{humanize(level)}</Option>)}
                </Dropdown>
              </Field>
              <Field label="What to do about it"><Textarea value={remediation} rows={3} onChange={(_, { value }) => setRemediation(value)} /></Field>
            </div>
            <pre className={css.yaml} tabIndex={0} aria-label="The rule file">{yaml}</pre>
          </DialogContent>
          <DialogActions>
            <DialogTrigger disableButtonEnhancement><Button>Cancel</Button></DialogTrigger>
            <DialogTrigger disableButtonEnhancement>
              <Button appearance="primary" disabled={!fits || title.trim() === ""} onClick={() => download(`${ruleId}.yaml`, yaml, "application/yaml")}>Download</Button>
            </DialogTrigger>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
