-- Ways to look at the inbox, kept under a name: everybody's and each person's own.

CREATE TABLE saved_views (
  id         INTEGER PRIMARY KEY,
  owner_id   BIGINT REFERENCES users (id),   -- NULL = shared with everybody
  name       TEXT NOT NULL,
  filter     TEXT NOT NULL,               -- as it stands in an address, see docs/protocol.md "Filters"
  place      BIGINT NOT NULL,             -- 1, 2, 3 … among those of its owner
  updated_at BIGINT NOT NULL,
  position   BIGINT NOT NULL
);
CREATE INDEX saved_views_owner ON saved_views (owner_id, place);
