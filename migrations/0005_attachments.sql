-- Files that belong to messages. Their bytes lie sealed in the folder `attachments`, this is what is known of them.

CREATE TABLE attachments (
  id              INTEGER PRIMARY KEY,
  file            TEXT NOT NULL,          -- name in the folder, random
  name            TEXT NOT NULL,          -- as the sender called it
  media_type      TEXT NOT NULL,
  bytes           BIGINT NOT NULL,
  width           BIGINT,                 -- NULL = not an image to show inline
  height          BIGINT,
  user_id         BIGINT,                 -- the uploader is a person of the organisation …
  customer_id     BIGINT,                 -- … or a customer; the other one is NULL
  conversation_id BIGINT,                 -- NULL until a message takes it
  seq             BIGINT,
  place           BIGINT NOT NULL,        -- 1, 2, 3 … among the message's files, as its sender ordered them; 0 = untaken
  internal        BIGINT NOT NULL,        -- 1 = taken by a note, which customers may not see
  created_at      BIGINT NOT NULL
);
CREATE INDEX attachments_message ON attachments (conversation_id, seq);
CREATE INDEX attachments_unused ON attachments (created_at) WHERE conversation_id IS NULL;
CREATE UNIQUE INDEX attachments_file ON attachments (file);   -- which files of the folder belong to nobody
