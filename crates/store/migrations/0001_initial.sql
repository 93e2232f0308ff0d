-- One schema for SQLite and PostgreSQL: text, bigint and JSON as text, RFC 3339 times that sort as text.

CREATE TABLE environments (
    id       TEXT PRIMARY KEY,
    document TEXT NOT NULL
);

-- An asset may be seen by several sources (live cloud, Terraform state, code); the estate is their union.
CREATE TABLE assets (
    source     TEXT NOT NULL,
    id         TEXT NOT NULL,
    document   TEXT NOT NULL,
    first_seen TEXT NOT NULL,
    last_seen  TEXT NOT NULL,
    gone_at    TEXT,
    PRIMARY KEY (source, id)
);

CREATE TABLE relations (
    source     TEXT NOT NULL,
    origin     TEXT NOT NULL,
    kind       TEXT NOT NULL,
    target     TEXT NOT NULL,
    properties TEXT NOT NULL,
    last_seen  TEXT NOT NULL,
    PRIMARY KEY (source, origin, kind, target)
);

CREATE TABLE scans (
    id       TEXT PRIMARY KEY,
    source   TEXT NOT NULL,
    state    TEXT NOT NULL,
    started  TEXT NOT NULL,
    finished TEXT,
    owner    TEXT NOT NULL,
    beat     TEXT NOT NULL,
    document TEXT NOT NULL
);
CREATE INDEX scans_by_start ON scans (started);

CREATE TABLE plans (
    environment TEXT NOT NULL,
    plan        TEXT NOT NULL,
    state       TEXT NOT NULL,
    extensions  TEXT NOT NULL,
    PRIMARY KEY (environment, plan)
);

CREATE TABLE interactions (
    id          TEXT PRIMARY KEY,
    time        TEXT NOT NULL,
    asset       TEXT,
    environment TEXT,
    decision    TEXT NOT NULL,
    verdict     TEXT NOT NULL,
    document    TEXT NOT NULL
);
CREATE INDEX interactions_by_time ON interactions (time);

CREATE TABLE alerts (
    id       TEXT PRIMARY KEY,
    time     TEXT NOT NULL,
    status   TEXT NOT NULL,
    document TEXT NOT NULL
);
CREATE INDEX alerts_by_time ON alerts (time);

CREATE TABLE incidents (
    id       TEXT PRIMARY KEY,
    updated  TEXT NOT NULL,
    status   TEXT NOT NULL,
    document TEXT NOT NULL
);
CREATE INDEX incidents_by_update ON incidents (updated);

CREATE TABLE tokens (
    id       TEXT PRIMARY KEY,
    name     TEXT NOT NULL,
    digest   TEXT NOT NULL UNIQUE,
    created  TEXT NOT NULL,
    expires  TEXT,
    last_use TEXT
);

-- Documents that are kept whole under a name: suppression rules, indicators, exemptions, saved state.
CREATE TABLE documents (
    collection TEXT NOT NULL,
    name       TEXT NOT NULL,
    document   TEXT NOT NULL,
    PRIMARY KEY (collection, name)
);

-- Figures over time, one value a day: the trend lines of the dashboard.
CREATE TABLE trends (
    figure TEXT NOT NULL,
    day    TEXT NOT NULL,
    value  BIGINT NOT NULL,
    PRIMARY KEY (figure, day)
);
