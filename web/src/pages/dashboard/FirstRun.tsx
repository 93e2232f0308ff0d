import { Link } from "react-router";

import { useScans } from "../../api/queries";
import { useLinks } from "../../app/url";
import { formatCount } from "../../lib/format";
import { BranchRegular, CloudRegular, ShieldRegular } from "../../ui/icons";
import { StatusText } from "../../ui/Status";
import css from "./dashboard.module.css";

const WAYS = [
  { icon: BranchRegular, title: "Scan a repository or folder", text: "Models, agents, prompts, MCP servers, infrastructure and secrets in code. Nothing is executed.", to: "/scans?new=1", action: "Choose a folder" },
  { icon: CloudRegular, title: "Connect a cloud account", text: "AI services, data, identities and networks of AWS and Azure, with the server's own read-only credentials.", to: "/scans?new=1", action: "Connect an account" },
  { icon: ShieldRegular, title: "Protect a model", text: "Point a client's base URL at the gateway. Prompts and responses are inspected, attacks become alerts.", to: "/playground", action: "Try the shield first" },
] as const;

/** The dashboard of an empty estate: the ways in, and the first scan as it runs. */
export function FirstRun() {
  const to = useLinks();
  const { data: scans = [] } = useScans();
  return (
    <div className={css.first}>
      <h2>See every AI workload you run</h2>
      <p>Nothing has been discovered yet. Start with any of these; the first assets appear within seconds.</p>
      <ul>
        {WAYS.map(({ icon: Icon, title, text, to: path, action }) => (
          <li key={title}><Icon aria-hidden="true" /><h3>{title}</h3><p>{text}</p><Link to={to(path)}>{action}</Link></li>
        ))}
      </ul>
      {scans.slice(0, 3).map((scan) => (
        <Link key={scan.id} className={css.running} to={to("/scans", { scan: scan.id })}><StatusText status={scan.state} /><code>{scan.source}</code><span>{formatCount(scan.counts.assets)} assets</span></Link>
      ))}
      <pre className={css.command}>picket scan PATH            # from a terminal, the same{"\n"}picket demo                 # a sample estate with replayed attacks</pre>
    </div>
  );
}
