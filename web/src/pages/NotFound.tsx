import { Link } from "react-router";

import { useLinks } from "../app/url";
import { Page } from "../ui/Page";
import { Empty } from "../ui/States";

export default function NotFound() {
  const to = useLinks();
  return (
    <Page title="Page not found">
      <Empty title="There is no page at this address" action={<Link to={to("/")}>Go to Data &amp; AI security</Link>}>
        The link may be from another version of Picket.
      </Empty>
    </Page>
  );
}
