import { Button, Field, Input, Radio, RadioGroup } from "@fluentui/react-components";
import { type SyntheticEvent, useState } from "react";

import { useStartScan } from "../../api/queries";
import type { Scan } from "../../api/types";
import { ScanRegular } from "../../ui/icons";
import { Panel, Section } from "../../ui/Panel";
import { Failure } from "../../ui/States";
import css from "./scans.module.css";

const SOURCES = {
  path: { label: "Repository or folder", hint: "Source code, notebooks, infrastructure as code, Kubernetes manifests, MCP configuration and model files. Nothing is executed." },
  aws: { label: "AWS", hint: "Reads with the server's own AWS credentials: environment, profile or role. Read-only calls." },
  azure: { label: "Azure", hint: "Reads with the server's own Azure credentials: environment, workload or managed identity. Read-only calls." },
  terraform: { label: "Terraform state or plan", hint: "A state file or a plan as JSON." },
} as const;
type SourceKind = keyof typeof SOURCES;

/** What to scan, in one form. */
export function StartScan({ onStarted, onClose }: { onStarted: (scan: Scan) => void; onClose: () => void }) {
  const [kind, setKind] = useState<SourceKind>("path");
  const [path, setPath] = useState("");
  const [environment, setEnvironment] = useState("");
  const start = useStartScan();
  const file = kind === "path" || kind === "terraform";
  const source = kind === "path" ? path.trim() : kind === "terraform" ? `terraform:${path.trim()}` : kind;
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    start.mutate({ source, ...(kind === "path" && environment.trim() ? { environment: environment.trim() } : {}) }, { onSuccess: onStarted });
  };
  return (
    <Panel icon={<ScanRegular />} title="New scan" onClose={onClose}>
      <form className={css.form} onSubmit={submit}>
        <RadioGroup value={kind} onChange={(_, { value }) => setKind(value as SourceKind)} aria-label="What to scan">
          {Object.entries(SOURCES).map(([value, { label }]) => <Radio key={value} value={value} label={label} />)}
        </RadioGroup>
        <p className={css.hint}>{SOURCES[kind].hint}</p>
        {file && (
          <Field label={kind === "path" ? "Path on the server" : "File on the server"} required>
            <Input value={path} onChange={(_, { value }) => setPath(value)} placeholder={kind === "path" ? "/srv/repositories/chat" : "/srv/infra/terraform.tfstate"} />
          </Field>
        )}
        {kind === "path" && (
          <Field label="Name of its environment" hint="Left empty, the folder's own name is taken.">
            <Input value={environment} onChange={(_, { value }) => setEnvironment(value)} />
          </Field>
        )}
        <Button type="submit" appearance="primary" disabled={start.isPending || (file && path.trim() === "")}>Start the scan</Button>
      </form>
      {start.error && <Failure what="The scan was not started" error={start.error} />}
      <Section title="The same from a terminal">
        <pre className={css.command}>picket scan {file ? (path.trim() === "" ? (kind === "path" ? "PATH" : "terraform:FILE") : source) : source}{kind === "path" && environment.trim() ? ` --environment ${environment.trim()}` : ""}</pre>
      </Section>
    </Panel>
  );
}
