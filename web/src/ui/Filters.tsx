import { Button, Menu, MenuItemCheckbox, MenuItemRadio, MenuList, MenuPopover, MenuTrigger, SearchBox } from "@fluentui/react-components";
import { useEffect, useRef, useState } from "react";

import { useUrlState } from "../app/url";
import { ChevronDownRegular, DismissRegular } from "./icons";
import css from "./filters.module.css";

export type Option = { value: string; label: string; count?: number };

/** The values of a filter as the address holds them. */
export const chosen = (text: string): string[] => (text === "" ? [] : text.split(","));

/** A chip that opens its choices; what is chosen stands in the address under `name`. */
export function FilterChip({ name, label, options, single = false }: {
  name: string; label: string; options: readonly Option[]; single?: boolean;
}) {
  const [read, write] = useUrlState();
  const values = chosen(read(name));
  const text = values.map((value) => options.find((option) => option.value === value)?.label ?? value).join(", ");
  const Item = single ? MenuItemRadio : MenuItemCheckbox;
  return (
    <span className={css.chip} data-set={values.length > 0}>
      <Menu
        checkedValues={{ [name]: values }}
        onCheckedValueChange={(_, { checkedItems }) => write({ [name]: checkedItems.filter((item) => !single || item !== values[0]).join(",") })}
      >
        <MenuTrigger disableButtonEnhancement>
          <button type="button" className={css.trigger}>
            {label}{text && <><span className={css.colon}>:</span><strong>{text}</strong></>}<ChevronDownRegular />
          </button>
        </MenuTrigger>
        <MenuPopover className={css.popover ?? ""}>
          <MenuList>
            {options.length === 0 && <div className={css.none}>Nothing to choose yet</div>}
            {options.map((option) => (
              <Item key={option.value} name={name} value={option.value} secondaryContent={option.count === undefined ? undefined : String(option.count)}>
                {option.label}
              </Item>
            ))}
          </MenuList>
        </MenuPopover>
      </Menu>
      {values.length > 0 && (
        <button type="button" className={css.clear} aria-label={`Clear ${label}`} onClick={() => write({ [name]: null })}><DismissRegular /></button>
      )}
    </span>
  );
}

/** A search field whose text goes to the address when typing pauses. */
export function SearchFilter({ name = "q", placeholder }: { name?: string; placeholder: string }) {
  const [read, write] = useUrlState();
  const inUrl = read(name);
  const [text, setText] = useState(inUrl);
  const written = useRef(inUrl);
  // The address changed from elsewhere: a link, or the back button.
  if (inUrl !== written.current && inUrl !== text) {
    written.current = inUrl;
    setText(inUrl);
  }
  useEffect(() => {
    if (text === written.current) return;
    const timer = setTimeout(() => {
      written.current = text;
      write({ [name]: text });
    }, 200);
    return () => clearTimeout(timer);
  }, [text, name, write]);
  return (
    <SearchBox className={css.search ?? ""} size="small" placeholder={placeholder} aria-label={placeholder} value={text}
      onChange={(_, data) => setText(data.value)} />
  );
}

/** Clears the named filters, where any is set. */
export function ClearFilters({ names }: { names: readonly string[] }) {
  const [read, write] = useUrlState();
  if (names.every((name) => read(name) === "")) return null;
  return (
    <Button size="small" appearance="subtle" onClick={() => write(Object.fromEntries(names.map((name) => [name, null])))}>
      Clear filters
    </Button>
  );
}
