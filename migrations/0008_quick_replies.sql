-- Words that are said often, the organisation's and each person's own.

CREATE TABLE quick_replies (
  id           INTEGER PRIMARY KEY,
  owner_id     BIGINT REFERENCES users (id),   -- NULL = shared with everybody
  folder       TEXT NOT NULL,             -- 'Delivery/Returns'; '' = none
  title        TEXT NOT NULL,
  shortcut     TEXT NOT NULL,             -- '' = none
  body         TEXT NOT NULL,             -- with {{variables}}, filled in where it is used
  used         BIGINT NOT NULL,           -- how often
  last_used_at BIGINT,                    -- NULL = never
  updated_at   BIGINT NOT NULL,
  deleted_at   BIGINT,                    -- NULL = not; it can be brought back for a while
  position     BIGINT NOT NULL
);
CREATE INDEX quick_replies_owner ON quick_replies (owner_id, deleted_at);
