-- Addresses that hear what happens, and what became of it.

CREATE TABLE webhooks (
  id            INTEGER PRIMARY KEY,
  url           TEXT NOT NULL,
  kinds         TEXT NOT NULL,            -- of events, with blanks between; '' = all
  active        BIGINT NOT NULL,
  secret        TEXT NOT NULL,
  former_secret TEXT NOT NULL,            -- signs as well; '' = none
  former_until  BIGINT NOT NULL,          -- until then
  created_at    BIGINT NOT NULL,
  cursor        BIGINT NOT NULL,          -- what happened up to this position is settled
  round         BIGINT NOT NULL,          -- goes up when somebody changes what comes next
  since         BIGINT NOT NULL,          -- what happened before is due since then
  failures      BIGINT NOT NULL,          -- in a row
  next_at       BIGINT NOT NULL           -- not before then
);

-- Only what happens in these; no row = everywhere.
CREATE TABLE webhook_channels (
  webhook_id BIGINT NOT NULL REFERENCES webhooks (id),
  channel_id BIGINT NOT NULL REFERENCES channels (id),
  PRIMARY KEY (webhook_id, channel_id)
);

-- The newest that were taken, the one that is tried again and again, and those that were given up.
CREATE TABLE webhook_deliveries (
  webhook_id BIGINT NOT NULL REFERENCES webhooks (id),
  position   BIGINT NOT NULL,             -- of the event
  kind       TEXT NOT NULL,
  state      BIGINT NOT NULL,             -- 0 taken, 1 tried again, 2 given up
  attempts   BIGINT NOT NULL,
  first_at   BIGINT NOT NULL,             -- of the tries
  at         BIGINT NOT NULL,             -- of the last try
  result     TEXT NOT NULL,               -- 'ok', 'refused' …
  status     BIGINT,                      -- NULL = no answer came
  took_ms    BIGINT NOT NULL,
  answer     TEXT NOT NULL,               -- how it began
  PRIMARY KEY (webhook_id, position)
);
CREATE INDEX webhook_deliveries_state ON webhook_deliveries (webhook_id, state, position);
