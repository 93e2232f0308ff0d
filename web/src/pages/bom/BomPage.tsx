import { Button, Menu, MenuItem, MenuList, MenuPopover, MenuTrigger, Switch } from "@fluentui/react-components";

import { bomAddress, useEnvironments } from "../../api/queries";
import type { BomSpec } from "../../api/types";
import { useUrlState } from "../../app/url";
import { treeRows } from "../../lib/environments";
import { FilterChip } from "../../ui/Filters";
import { ArrowDownloadRegular, ArrowRightRegular, ChevronDownRegular } from "../../ui/icons";
import { Page } from "../../ui/Page";
import { Empty } from "../../ui/States";
import { AssetPicker } from "./AssetPicker";
import css from "./bom.module.css";
import { BomDiffView } from "./BomDiffView";
import { BomList } from "./BomList";
import { MomentPicker } from "./MomentPicker";
import { isSame, newerPart, olderPart } from "./part";

const SPECS: readonly { spec: BomSpec; label: string; file: string }[] = [
  { spec: "cyclonedx-1.6", label: "CycloneDX 1.6 JSON", file: "ai-bom.cyclonedx-1.6.json" },
  { spec: "cyclonedx-1.7", label: "CycloneDX 1.7 JSON", file: "ai-bom.cyclonedx-1.7.json" },
  { spec: "spdx-3.0", label: "SPDX 3.0 JSON", file: "ai-bom.spdx.json" },
];

/** The AI bill of materials: of the scope or an asset, now or then; or what differs between two. */
export default function BomPage() {
  const [read, write] = useUrlState();
  const { data: environments = [] } = useEnvironments();
  const newer = newerPart(read);
  const older = olderPart(read);
  const comparing = read("compare") !== "";
  const choices = [{ value: "all", label: "All environments" }, ...treeRows(environments).map(({ id, name, depth }) => ({ value: id, label: `${"\u2003".repeat(depth)}${name}` }))];
  return (
    <Page
      title="AI BOM"
      actions={
        <>
          <Switch label="Compare" checked={comparing} onChange={(_, { checked }) => write({ compare: checked ? "1" : null, before_scope: null, before_of: null, before_at: null, change: null, component: null })} />
          <Menu>
            <MenuTrigger disableButtonEnhancement><Button size="small" appearance="primary" icon={<ArrowDownloadRegular />}>Download<ChevronDownRegular className={css.chevron ?? ""} /></Button></MenuTrigger>
            <MenuPopover>
              <MenuList>{SPECS.map(({ spec, label, file }) => <MenuItem key={spec} onClick={() => save(bomAddress(newer, spec), file)}>{label}</MenuItem>)}</MenuList>
            </MenuPopover>
          </Menu>
        </>
      }
      bar={
        <>
          {comparing && (
            <>
              <span className={css.side}>Older</span>
              <FilterChip name="before_scope" label="Environment" single options={choices} />
              <AssetPicker label="Asset of the older bill" asset={older.asset} onPick={(asset) => write({ before_of: asset })} />
              <MomentPicker label="Moment of the older bill" at={older.at} onPick={(at) => write({ before_at: at })} />
              <ArrowRightRegular className={css.to ?? ""} aria-hidden="true" />
              <span className={css.side}>Newer</span>
            </>
          )}
          <AssetPicker label="Asset of the bill" asset={newer.asset} onPick={(of) => write({ of, component: null })} />
          <MomentPicker label="Moment of the bill" at={newer.at} onPick={(at) => write({ at, component: null })} />
        </>
      }
    >
      {!comparing ? <BomList part={newer} /> : isSame(older, newer) ? (
        <Empty title="Choose two bills">Pick another environment, asset or moment for the older one: what differs appears here.</Empty>
      ) : <BomDiffView older={older} newer={newer} />}
    </Page>
  );
}

/** Saves what the server answers under a name. */
function save(address: string, name: string): void {
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
}
