import { useParams } from "react-router";

import { useAsset } from "../../api/queries";
import { useUrlState } from "../../app/url";
import { shortId } from "../../lib/format";
import { AssetDetails } from "../../ui/AssetDetails";
import { Page } from "../../ui/Page";
import css from "./asset-page.module.css";

/** One asset at its permanent address. */
export default function AssetPage() {
  const { id = "" } = useParams();
  const [read, write] = useUrlState();
  const { data: asset } = useAsset(id);
  return (
    <Page title={asset?.name ?? shortId(id)} hint="Asset">
      <div className={css.body}><AssetDetails key={id} id={id} tab={read("tab") || "overview"} onTab={(tab) => write({ tab })} /></div>
    </Page>
  );
}
