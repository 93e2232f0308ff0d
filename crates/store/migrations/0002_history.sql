-- What scans saw change about assets, by source. When an asset appeared stands with the asset itself.

CREATE TABLE asset_changes (
    id       TEXT PRIMARY KEY,
    asset    TEXT NOT NULL,
    source   TEXT NOT NULL,
    time     TEXT NOT NULL,
    document TEXT NOT NULL
);
CREATE INDEX asset_changes_by_asset ON asset_changes (asset, id);
CREATE INDEX asset_changes_by_time ON asset_changes (time);

-- What waits for people is counted on every page.
CREATE INDEX alerts_by_status ON alerts (status);
CREATE INDEX incidents_by_status ON incidents (status);
