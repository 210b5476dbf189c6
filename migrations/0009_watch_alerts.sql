-- What the watch keeps: rules as administrators changed them, where alerts go, and what was raised.

CREATE TABLE alert_rules (
  rule      TEXT PRIMARY KEY,
  enabled   BIGINT NOT NULL,
  threshold BIGINT NOT NULL,            -- thousandths of the rule's unit
  for_s     BIGINT NOT NULL             -- seconds that a value must be bad
);

CREATE TABLE alert_webhooks (
  id         INTEGER PRIMARY KEY,
  url        TEXT NOT NULL,
  secret     TEXT NOT NULL,             -- signs what is sent there
  created_at BIGINT NOT NULL
);

CREATE TABLE alerts (
  rule            TEXT NOT NULL,
  began_at        BIGINT NOT NULL,
  value           BIGINT NOT NULL,      -- when it was raised, thousandths
  threshold       BIGINT NOT NULL,      -- then, thousandths
  resolved_at     BIGINT,               -- NULL = goes on
  acknowledged_at BIGINT,               -- NULL = nobody has said that they know
  acknowledged_by BIGINT,
  PRIMARY KEY (rule, began_at)
);
CREATE INDEX alerts_began ON alerts (began_at);

-- One row that is written to see whether the store can write.
CREATE TABLE watch_probe (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  at BIGINT NOT NULL
);
