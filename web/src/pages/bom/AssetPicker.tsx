import { Button, Popover, PopoverSurface, PopoverTrigger, SearchBox } from "@fluentui/react-components";
import { useState } from "react";

import { useAsset, useAssetSearch } from "../../api/queries";
import { shortId } from "../../lib/format";
import { kindLabel } from "../../lib/vocabulary";
import { AssetName } from "../../ui/Asset";
import { ChevronDownRegular, CubeRegular } from "../../ui/icons";
import css from "./bom.module.css";

/** What a bill is worth making of. */
const CATEGORIES = "AI,Code,Compute";

/** One asset that the bill is of, with what it leads to; or all. */
export function AssetPicker({ label, asset, onPick }: { label: string; asset: string; onPick: (asset: string) => void }) {
  const [open, setOpen] = useState(false);
  const [words, setWords] = useState("");
  const { data: chosen } = useAsset(asset === "" ? null : asset);
  const name = asset === "" ? "All assets" : (chosen?.name ?? shortId(asset));
  const pick = (id: string) => {
    setOpen(false);
    onPick(id);
  };
  return (
    <Popover trapFocus open={open} onOpenChange={(_, data) => setOpen(data.open)} positioning="below-start">
      <PopoverTrigger disableButtonEnhancement>
        <Button size="small" icon={<CubeRegular />} aria-label={`${label}: ${name}`}><span className={css.assetName}>{name}</span><ChevronDownRegular className={css.chevron ?? ""} /></Button>
      </PopoverTrigger>
      <PopoverSurface className={css.moments ?? ""} aria-label={label}>
        <SearchBox size="small" placeholder="Find an asset" aria-label="Find an asset" value={words} onChange={(_, data) => setWords(data.value)} />
        <button type="button" className={css.moment} aria-current={asset === ""} onClick={() => pick("")}><strong>All assets</strong></button>
        <Found words={words} asset={asset} onPick={pick} />
      </PopoverSurface>
    </Popover>
  );
}

function Found({ words, asset, onPick }: { words: string; asset: string; onPick: (id: string) => void }) {
  const { data = [] } = useAssetSearch(words, CATEGORIES);
  return (
    <ul>
      {data.map(({ id, kind, name }) => (
        <li key={id}>
          <button type="button" className={css.moment} aria-current={id === asset} title={id} onClick={() => onPick(id)}><AssetName kind={kind} name={name} /><small>{kindLabel(kind)}</small></button>
        </li>
      ))}
      {data.length === 0 && words !== "" && <li className={css.note}>No asset has these words.</li>}
    </ul>
  );
}
