-- What conversations are about, in the organisation's own words.

CREATE TABLE tags (
  id         INTEGER PRIMARY KEY,
  name       TEXT NOT NULL,
  folded     TEXT NOT NULL,               -- the name in lower case: one word, one tag
  colour     TEXT NOT NULL,               -- one of a few names, see docs/protocol.md Tag
  created_at BIGINT NOT NULL,
  deleted_at BIGINT,                      -- NULL = not; it can be brought back, with what it was on
  position   BIGINT NOT NULL
);
CREATE UNIQUE INDEX tags_folded ON tags (folded) WHERE deleted_at IS NULL;

CREATE TABLE conversation_tags (
  conversation_id BIGINT NOT NULL,
  tag_id          BIGINT NOT NULL REFERENCES tags (id),
  PRIMARY KEY (conversation_id, tag_id)
);
CREATE INDEX conversation_tags_tag ON conversation_tags (tag_id, conversation_id);
