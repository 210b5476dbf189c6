-- What people have begun to write and not sent, so that they can go on at another machine.

CREATE TABLE drafts (
  user_id         BIGINT NOT NULL,
  conversation_id BIGINT NOT NULL,
  reply           TEXT NOT NULL,          -- '' = none
  note            TEXT NOT NULL,          -- '' = none
  quote           BIGINT,                 -- seq of the message the reply answers; NULL = none in particular
  updated_at      BIGINT NOT NULL,
  position        BIGINT NOT NULL,
  PRIMARY KEY (user_id, conversation_id)
);
CREATE INDEX drafts_conversation ON drafts (conversation_id);
