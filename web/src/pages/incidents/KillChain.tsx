import type { StoryStep } from "../../api/types";
import { humanize } from "../../lib/format";
import css from "./incidents.module.css";

/** The stages of an attack on an AI workload, in the order in which they usually come. */
const STAGES = [
  ["pre_attack", "probing"], ["initial_access", "exploitation"], ["execution"], ["persistence", "privilege_escalation", "defense_evasion"],
  ["credential_access"], ["discovery", "lateral_movement"], ["collection", "command_and_control"], ["exfiltration"], ["impact"],
] as const;

/** How far an attack got, at a glance. */
export function KillChain({ story }: { story: readonly StoryStep[] }) {
  const reached = new Set(story.map(({ intent }) => intent));
  const words = STAGES.map((stage) => stage.filter((intent) => reached.has(intent))).filter((stage) => stage.length > 0).flat().map(humanize);
  return (
    <span className={css.chain} role="img" title={words.join(" → ")} aria-label={`Reached: ${words.join(", ") || "nothing"}`}>
      {STAGES.map((stage) => <i key={stage[0]} data-reached={stage.some((intent) => reached.has(intent))} />)}
    </span>
  );
}
