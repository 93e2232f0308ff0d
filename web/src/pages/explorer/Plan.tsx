import { usePlan } from "../../api/queries";
import type { Properties } from "../../api/types";
import { formatElapsed } from "../../lib/format";
import { Copy } from "../../ui/Copy";
import { Loading } from "../../ui/States";
import css from "./explorer.module.css";

/** How the graph answered: its steps with the rows it expected, and the time it took. */
export function Plan({ query, params, elapsed }: { query: string; params: Properties; elapsed: number }) {
  const plan = usePlan(query, params);
  return (
    <Loading query={plan} what="The plan could not be made">
      {({ plan: text }) => (
        <div className={css.plan}>
          <p>Answered in <strong className="num">{formatElapsed(elapsed)}</strong>. Steps as planned, with the rows expected after each: <Copy text={text} label="Copy the plan" /></p>
          <ol>{text.trimEnd().split("\n").map((line, index) => <li key={index} data-inner={line.startsWith(" ")}><PlanLine line={line.trim()} /></li>)}</ol>
        </div>
      )}
    </Loading>
  );
}

function PlanLine({ line }: { line: string }) {
  const rows = /^(.*) \((about [^)]*)\)$/.exec(line);
  return rows ? <><code>{rows[1]}</code><small className="num">{rows[2]}</small></> : <code>{line}</code>;
}
