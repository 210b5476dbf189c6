-- Conversations offered to a colleague, who takes them or does not.

CREATE TABLE transfers (
  id              INTEGER PRIMARY KEY,
  conversation_id BIGINT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  owner_epoch     BIGINT NOT NULL,         -- of the conversation; if it is another now, somebody else decided
  from_id         BIGINT NOT NULL,         -- whose it stays until it is taken
  to_id           BIGINT NOT NULL,
  client_id       BLOB NOT NULL,           -- 16 bytes that the asking person chose: asked again it is the same offer
  note_seq        BIGINT NOT NULL,         -- the note it came with, in the conversation; 0 = none
  word_seq        BIGINT NOT NULL,         -- likewise what it was declined with
  state           TEXT NOT NULL,           -- 'pending', 'accepted', 'declined', 'withdrawn', 'expired', 'gone', 'overtaken'
  offered_at      BIGINT NOT NULL,
  expires_at      BIGINT NOT NULL,
  ended_at        BIGINT,                  -- NULL while it is pending
  position        BIGINT NOT NULL          -- of the event that tells it
);
CREATE UNIQUE INDEX transfers_pending ON transfers (conversation_id) WHERE state = 'pending';
CREATE UNIQUE INDEX transfers_client ON transfers (client_id, from_id);
CREATE INDEX transfers_conversation ON transfers (conversation_id);
