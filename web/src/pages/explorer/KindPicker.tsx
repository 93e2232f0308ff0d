import { Menu, MenuGroup, MenuGroupHeader, MenuItem, MenuList, MenuPopover, MenuTrigger } from "@fluentui/react-components";

import type { GraphSchema } from "../../api/types";
import { formatCount } from "../../lib/format";
import { CATEGORIES, CATEGORY_LABEL, isCategory, kindPlural, kindsOf } from "../../lib/vocabulary";
import { KindIcon } from "../../ui/Asset";
import { ChevronDownRegular } from "../../ui/icons";
import css from "./explorer.module.css";

/** Which assets the question is about: a kind, or a whole category. */
export function KindPicker({ kind, schema, onPick }: { kind: string; schema: GraphSchema | undefined; onPick: (kind: string) => void }) {
  const counts = new Map(schema?.labels.map(({ label, count }) => [label, count]));
  return (
    <Menu>
      <MenuTrigger disableButtonEnhancement>
        <button type="button" className={css.kind}><KindIcon kind={kind} /><strong>{kindPlural(kind)}</strong><ChevronDownRegular aria-hidden="true" /></button>
      </MenuTrigger>
      <MenuPopover className={css.popover ?? ""}>
        <MenuList>
          {CATEGORIES.map((category) => {
            const kinds = kindsOf(category).filter((one) => one !== category && (counts.size === 0 || counts.has(one) || one === kind));
            if (kinds.length === 0) return null;
            return (
              <MenuGroup key={category}>
                <MenuGroupHeader>{CATEGORY_LABEL[category]}</MenuGroupHeader>
                {/* `Network` is a kind as well as a category: as a label it means the category. */}
                {isCategory(category) && <MenuItem icon={<KindIcon kind={category} />} secondaryContent={count(counts.get(category))} onClick={() => onPick(category)}>All of them</MenuItem>}
                {kinds.map((one) => (
                  <MenuItem key={one} icon={<KindIcon kind={one} />} secondaryContent={count(counts.get(one))} onClick={() => onPick(one)}>{kindPlural(one)}</MenuItem>
                ))}
              </MenuGroup>
            );
          })}
        </MenuList>
      </MenuPopover>
    </Menu>
  );
}

const count = (value: number | undefined) => (value === undefined ? "" : formatCount(value));
