-- What people change of what they said, which message they answer, and whom they call in a note.

ALTER TABLE messages ADD COLUMN quotes BIGINT;                        -- seq of the message it answers; NULL = none in particular
ALTER TABLE messages ADD COLUMN mentions BIGINT NOT NULL DEFAULT 0;   -- how many
ALTER TABLE messages ADD COLUMN revision BIGINT NOT NULL DEFAULT 0;   -- + 1 with every edit and with the recall
ALTER TABLE messages ADD COLUMN edited_at BIGINT;                     -- NULL = as it was sent
ALTER TABLE messages ADD COLUMN recalled_at BIGINT;                   -- NULL = it stands

-- What a message said before: 0 as it was sent, 1 after the first edit … Nothing of it is lost before the conversation is.
CREATE TABLE message_revisions (
  message_id BIGINT NOT NULL,
  revision   BIGINT NOT NULL,
  body       TEXT NOT NULL,
  said_at    BIGINT NOT NULL,
  position   BIGINT NOT NULL,             -- of the event that ended it
  PRIMARY KEY (message_id, revision)
);

CREATE TABLE mentions (
  message_id BIGINT NOT NULL,
  user_id    BIGINT NOT NULL,
  at         BIGINT NOT NULL,
  seen       BIGINT NOT NULL,             -- 1 = they know of it
  PRIMARY KEY (message_id, user_id)
);
CREATE INDEX mentions_user ON mentions (user_id, at, message_id);
CREATE INDEX mentions_unseen ON mentions (user_id, message_id) WHERE seen = 0;
