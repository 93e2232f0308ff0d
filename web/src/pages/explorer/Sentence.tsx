import type { GraphSchema } from "../../api/types";
import type { Built, Condition, PropertyCondition, RelationCondition } from "../../lib/cypher/built";
import { inSentence } from "../../lib/format";
import { FINDING_LABEL, kindPlural, PROVIDER_LABEL, relationPhrase } from "../../lib/vocabulary";
import { KindIcon } from "../../ui/Asset";
import { DismissRegular } from "../../ui/icons";
import { AddCondition } from "./AddCondition";
import css from "./explorer.module.css";
import { KindPicker } from "./KindPicker";

/** The question as a sentence of chips. */
export function Sentence({ built, schema, onChange }: {
  built: Built; schema: GraphSchema | undefined; onChange: (built: Built) => void;
}) {
  return (
    <div className={css.sentence}>
      <span className={css.word}>Find</span>
      <KindPicker kind={built.kind} schema={schema} onPick={(kind) => onChange({ ...built, kind, conditions: built.conditions.filter(({ type }) => type === "property") })} />
      <Conditions conditions={built.conditions} schema={schema} onChange={(conditions) => onChange({ ...built, conditions })} />
      <AddCondition kind={built.kind} schema={schema} label="Add a condition" onAdd={(condition) => onChange({ ...built, conditions: [...built.conditions, condition] })} />
    </div>
  );
}

function Conditions({ conditions, schema, onChange }: {
  conditions: readonly Condition[]; schema: GraphSchema | undefined; onChange: (conditions: Condition[]) => void;
}) {
  const replace = (index: number, condition: Condition) => onChange(conditions.map((old, at) => (at === index ? condition : old)));
  const remove = (index: number) => onChange(conditions.filter((_, at) => at !== index));
  return (
    <>
      {conditions.map((condition, index) => condition.type === "property" ? (
        <span key={index} className={css.chip}>
          <span>{propertyPhrase(condition)}</span><Remove label={propertyPhrase(condition)} onClick={() => remove(index)} />
        </span>
      ) : (
        <RelationChip key={index} condition={condition} schema={schema} onRemove={() => remove(index)} onChange={(next) => replace(index, next)} />
      ))}
    </>
  );
}

function RelationChip({ condition, schema, onRemove, onChange }: {
  condition: RelationCondition; schema: GraphSchema | undefined; onRemove: () => void; onChange: (condition: RelationCondition) => void;
}) {
  const { relation, direction, absent, kind, conditions, steps } = condition;
  const phrase = `${relationPhrase(relation, direction)}${steps ? ` (${steps[0] === steps[1] ? "" : `${steps[0]} to `}${steps[1]} steps)` : ""}`;
  return (
    <span className={css.clause}>
      <span className={css.chip} data-absent={absent}>
        <span>that {absent ? negated(phrase) : phrase}</span>
        <KindIcon kind={kind} /><strong>{absent ? `any ${inSentence(kindPlural(kind))}` : kindPlural(kind)}</strong>
        {!absent && <AddCondition kind={kind} schema={schema} onAdd={(next) => onChange({ ...condition, conditions: [...conditions, next] })} />}
        <Remove label={`that ${phrase} ${kindPlural(kind)}`} onClick={onRemove} />
      </span>
      {!absent && <Conditions conditions={conditions} schema={schema} onChange={(next) => onChange({ ...condition, conditions: next })} />}
    </span>
  );
}

/** `are used by` → `are not used by`, `use` → `do not use`. */
export function negated(phrase: string): string {
  const match = /^(are|can)\b(.*)$/.exec(phrase);
  return match ? `${match[1] ?? ""} not${match[2] ?? ""}` : `do not ${phrase}`;
}

const OPERATORS = { "=": "is", "<>": "is not", CONTAINS: "contains", "STARTS WITH": "starts with", "ENDS WITH": "ends with", ">": "is more than", "<": "is less than", ">=": "is at least", "<=": "is at most", HAS: "has" };

export function propertyPhrase({ property, operator, value }: PropertyCondition): string {
  if (property === "findings" && operator === "HAS") return `with: ${inSentence(FINDING_LABEL[String(value)] ?? String(value))}`;
  if (operator === "IS NULL" || operator === "IS NOT NULL") return `${operator === "IS NULL" ? "without" : "with"} ${property.replaceAll("_", " ")}`;
  const shown = property === "provider" ? (PROVIDER_LABEL[String(value)] ?? String(value)) : typeof value === "boolean" ? (value ? "yes" : "no") : String(value);
  return `whose ${property.replaceAll("_", " ")} ${OPERATORS[operator]} ${shown}`;
}

function Remove({ label, onClick }: { label: string; onClick: () => void }) {
  return <button type="button" className={css.remove} aria-label={`Remove: ${label}`} onClick={onClick}><DismissRegular /></button>;
}
