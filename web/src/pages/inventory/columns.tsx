import type { Asset, Environment, Json } from "../../api/types";
import { humanize } from "../../lib/format";
import { kindLabel, PROVIDER_LABEL } from "../../lib/vocabulary";
import { AssetName, Kind, Provider } from "../../ui/Asset";
import type { Column } from "../../ui/DataTable";
import { Severity, SeverityCounts, severityRank } from "../../ui/Severity";
import { Time } from "../../ui/Time";

/** Columns shown unless the reader chose others. */
export const DEFAULT_COLUMNS = ["name", "kind", "provider", "environment", "region", "findings", "severity", "last_seen"];

const PROPERTY = "properties.";

/** What a property's column is called in the address. */
export const propertyColumn = (property: string): string => `${PROPERTY}${property}`;

/** The columns that every asset has. */
export function baseColumns(environments: readonly Environment[]): Column<Asset>[] {
  const names = new Map(environments.map(({ id, name }) => [id, name]));
  return [
    { id: "name", header: "Name", width: "minmax(200px, 3fr)", value: (row) => row.name, cell: (row) => <AssetName kind={row.kind} name={row.name} /> },
    { id: "kind", header: "Kind", width: "minmax(136px, 1.1fr)", value: (row) => kindLabel(row.kind), cell: (row) => <Kind kind={row.kind} /> },
    { id: "provider", header: "Provider", width: "minmax(128px, 1fr)", value: (row) => PROVIDER_LABEL[row.provider] ?? row.provider, cell: (row) => <Provider provider={row.provider} /> },
    { id: "environment", header: "Environment", width: "minmax(116px, 1.2fr)", value: (row) => names.get(row.environment) ?? row.environment },
    { id: "type", header: "Type", width: "minmax(180px, 1.4fr)", value: (row) => row.native_type },
    { id: "region", header: "Region", width: "minmax(96px, 0.8fr)", value: (row) => row.region },
    { id: "findings", header: "Findings", width: "minmax(100px, 0.8fr)", value: (row) => row.findings.length, cell: (row) => <FindingCounts asset={row} /> },
    { id: "severity", header: "Worst", width: "minmax(128px, 0.8fr)", value: (row) => worst(row)?.severity ?? null, cell: (row) => <Worst asset={row} /> },
    { id: "first_seen", header: "First seen", width: "minmax(120px, 0.8fr)", value: (row) => row.first_seen, cell: (row) => <Time at={row.first_seen} /> },
    { id: "last_seen", header: "Last seen", width: "minmax(116px, 0.8fr)", value: (row) => row.last_seen, cell: (row) => <Time at={row.last_seen} /> },
  ];
}

/** The wanted columns in their order; one that is named `properties.X` shows that property. */
export function columnsOf(wanted: readonly string[], base: readonly Column<Asset>[]): Column<Asset>[] {
  return wanted.flatMap((id) => {
    const known = base.find((column) => column.id === id);
    if (known) return [known];
    if (!id.startsWith(PROPERTY)) return [];
    const property = id.slice(PROPERTY.length);
    return [{ id, header: humanize(property), width: "minmax(130px, 1.2fr)", value: (row: Asset) => propertyText(row.properties[property]) }];
  });
}

/** A property as one line. */
export function propertyText(value: Json | undefined): string | number | null {
  if (value === undefined || value === null) return null;
  if (typeof value === "number" || typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value) && value.every((item) => typeof item !== "object" || item === null)) return value.join(", ");
  return JSON.stringify(value);
}

const worst = (asset: Asset) => [...asset.findings].sort((a, b) => severityRank(a.severity) - severityRank(b.severity))[0];

function Worst({ asset }: { asset: Asset }) {
  const finding = worst(asset);
  return finding ? <Severity level={finding.severity} /> : null;
}

function FindingCounts({ asset }: { asset: Asset }) {
  const counts: Record<string, number> = {};
  for (const { severity } of asset.findings) counts[severity] = (counts[severity] ?? 0) + 1;
  return <SeverityCounts counts={counts} />;
}
