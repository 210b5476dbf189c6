-- The doors customers come through, and who serves them.

CREATE TABLE channels (
  id         INTEGER PRIMARY KEY,
  key        TEXT NOT NULL,               -- public, in the snippet and the address /c/<key>
  kind       TEXT NOT NULL CHECK (kind IN ('web')),
  name       TEXT NOT NULL,
  active     BIGINT NOT NULL,
  everyone   BIGINT NOT NULL,             -- 1 = every person is a member
  settings   TEXT NOT NULL,               -- JSON, see docs/protocol.md ChannelSettings
  created_at BIGINT NOT NULL,
  position   BIGINT NOT NULL
);
CREATE UNIQUE INDEX channels_key ON channels (key);

CREATE TABLE channel_members (
  channel_id BIGINT NOT NULL REFERENCES channels (id),
  user_id    BIGINT NOT NULL REFERENCES users (id),
  PRIMARY KEY (channel_id, user_id)
);
CREATE INDEX channel_members_user ON channel_members (user_id);
