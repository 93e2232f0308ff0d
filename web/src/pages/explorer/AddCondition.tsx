import { Button, Combobox, Dropdown, Input, Option, Popover, PopoverSurface, PopoverTrigger, Switch, Tab, TabList } from "@fluentui/react-components";
import { type SyntheticEvent, useState } from "react";

import type { GraphSchema } from "../../api/types";
import { type Condition, type Operator, takesNoValue, type Value } from "../../lib/cypher/built";
import { formatCount, inSentence } from "../../lib/format";
import { FINDING_LABEL, kindPlural, relationPhrase } from "../../lib/vocabulary";
import { KindIcon } from "../../ui/Asset";
import { AddRegular } from "../../ui/icons";
import css from "./explorer.module.css";
import { connectionsOf, propertiesOf } from "./schema";

const OPERATORS: { value: Operator; label: string }[] = [
  { value: "=", label: "is" }, { value: "<>", label: "is not" }, { value: "CONTAINS", label: "contains" },
  { value: "STARTS WITH", label: "starts with" }, { value: "ENDS WITH", label: "ends with" }, { value: "HAS", label: "has" }, { value: ">", label: "is more than" }, { value: "<", label: "is less than" },
  { value: "IS NOT NULL", label: "is there" }, { value: "IS NULL", label: "is not there" },
];

/** The + of the sentence: what assets of a kind can be asked to be connected to, to have found on them, or to be. */
export function AddCondition({ kind, schema, label, onAdd }: {
  kind: string; schema: GraphSchema | undefined; label?: string; onAdd: (condition: Condition) => void;
}) {
  const [open, setOpen] = useState(false);
  const [tab, setTab] = useState("relation");
  const add = (condition: Condition) => {
    setOpen(false);
    onAdd(condition);
  };
  return (
    <Popover open={open} onOpenChange={(_, data) => setOpen(data.open)} positioning="below-start" trapFocus>
      <PopoverTrigger disableButtonEnhancement>
        {label === undefined
          ? <button type="button" className={css.more} aria-label={`Add a condition on ${inSentence(kindPlural(kind))}`}><AddRegular /></button>
          : <Button size="small" appearance="subtle" icon={<AddRegular />}>{label}</Button>}
      </PopoverTrigger>
      <PopoverSurface className={css.add ?? ""} aria-label="Add a condition">
        <TabList size="small" selectedValue={tab} onTabSelect={(_, { value }) => setTab(String(value))}>
          <Tab value="relation">Connected to</Tab><Tab value="finding">Finding</Tab><Tab value="property">Property</Tab>
        </TabList>
        {tab === "relation" && <RelationChoice kind={kind} schema={schema} onAdd={add} />}
        {tab === "finding" && (
          <ul className={css.choices}>
            {Object.entries(FINDING_LABEL).map(([value, label]) => (
              <li key={value}><button type="button" onClick={() => add({ type: "property", property: "findings", operator: "HAS", value })}>{label}</button></li>
            ))}
          </ul>
        )}
        {tab === "property" && <PropertyForm properties={propertiesOf(schema, kind)} onAdd={add} />}
      </PopoverSurface>
    </Popover>
  );
}

function RelationChoice({ kind, schema, onAdd }: { kind: string; schema: GraphSchema | undefined; onAdd: (condition: Condition) => void }) {
  const [absent, setAbsent] = useState(false);
  const connections = connectionsOf(schema, kind);
  return (
    <>
      <Switch checked={absent} label="Not connected" onChange={(_, { checked }) => setAbsent(checked)} />
      <ul className={css.choices}>
        {connections.map(({ relation, direction, other, count }) => (
          <li key={`${relation} ${direction} ${other}`}>
            <button type="button" onClick={() => onAdd({ type: "relation", relation, direction, absent, kind: other, conditions: [] })}>
              <span>{relationPhrase(relation, direction)}</span><KindIcon kind={other} /><strong>{kindPlural(other)}</strong><small>{formatCount(count)}</small>
            </button>
          </li>
        ))}
        {connections.length === 0 && <li className={css.none}>No scan saw {inSentence(kindPlural(kind))} connected to anything.</li>}
      </ul>
    </>
  );
}

function PropertyForm({ properties, onAdd }: { properties: readonly string[]; onAdd: (condition: Condition) => void }) {
  const [property, setProperty] = useState("name");
  const [operator, setOperator] = useState<Operator>("=");
  const [text, setText] = useState("");
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    onAdd({ type: "property", property, operator, value: takesNoValue(operator) ? true : valueOf(text) });
  };
  return (
    <form className={css.form} onSubmit={submit}>
      <Combobox size="small" freeform aria-label="Property" value={property} selectedOptions={[property]} onChange={(event) => setProperty(event.target.value)}
        onOptionSelect={(_, { optionValue }) => setProperty(optionValue ?? property)}>
        {properties.filter((name) => name.includes(property) || properties.includes(property)).map((name) => <Option key={name} value={name}>{name}</Option>)}
      </Combobox>
      <Dropdown size="small" aria-label="Comparison" value={OPERATORS.find(({ value }) => value === operator)?.label ?? ""} selectedOptions={[operator]}
        onOptionSelect={(_, { optionValue }) => setOperator(OPERATORS.find(({ value }) => value === optionValue)?.value ?? "=")}>
        {OPERATORS.map(({ value, label }) => <Option key={value} value={value}>{label}</Option>)}
      </Dropdown>
      {!takesNoValue(operator) && <Input size="small" aria-label="Value" placeholder="Value" value={text} onChange={(_, { value }) => setText(value)} />}
      <Button size="small" type="submit" appearance="primary" disabled={property.trim() === "" || (text === "" && !takesNoValue(operator))}>Add</Button>
    </form>
  );
}

/** `true` and `3` mean a truth and a number; all else is text. */
function valueOf(text: string): Value {
  if (text === "true" || text === "false") return text === "true";
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}
