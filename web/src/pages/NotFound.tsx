import { ActionLink } from "../ui/ActionLink";
import { Page } from "../ui/Page";
import { Empty } from "../ui/States";

export default function NotFound() {
  return (
    <Page title="Page not found">
      <Empty title="There is no page at this address" action={<ActionLink primary to="/">Go to Data &amp; AI security</ActionLink>}>
        The link may be from another version of Picket.
      </Empty>
    </Page>
  );
}
