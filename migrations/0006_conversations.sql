-- Conversations and their messages.

CREATE TABLE conversations (
  id                 INTEGER PRIMARY KEY,
  channel_id         BIGINT NOT NULL REFERENCES channels (id),
  customer_id        BIGINT NOT NULL REFERENCES customers (id),
  status             TEXT NOT NULL CHECK (status IN ('open', 'resolved')),
  assignee_id        BIGINT,              -- NULL = nobody
  created_at         BIGINT NOT NULL,
  updated_at         BIGINT NOT NULL,
  resolved_at        BIGINT,              -- NULL unless resolved
  waiting_since_at   BIGINT,              -- the customer's oldest unanswered message; NULL = answered
  last_seq           BIGINT NOT NULL,     -- of all messages
  last_public_seq    BIGINT NOT NULL,     -- of those the customer may see: their own gap-free numbering
  last_words_seq     BIGINT NOT NULL,     -- newest text or note, for the list; 0 = none
  -- How far each side received and saw it, in seqs.
  customer_delivered BIGINT NOT NULL,
  customer_read      BIGINT NOT NULL,
  agent_delivered    BIGINT NOT NULL,
  agent_read         BIGINT NOT NULL,
  position           BIGINT NOT NULL      -- of the event that last changed anything but messages
);
CREATE INDEX conversations_status ON conversations (status, updated_at, id);
CREATE INDEX conversations_assignee ON conversations (status, assignee_id, channel_id);
CREATE INDEX conversations_customer ON conversations (customer_id, id);

-- id = conversation_id * 2^24 + seq: the table itself lies in conversation order, so that a page of history is one
-- read, without a second index to keep (docs/adr/0001).
CREATE TABLE messages (
  id          INTEGER PRIMARY KEY,
  public_seq  BIGINT NOT NULL,            -- 0 = the customer may not see it
  kind        TEXT NOT NULL,              -- 'text', 'note', 'activity'
  author_kind TEXT NOT NULL,              -- 'customer', 'agent', 'system'
  author_id   BIGINT NOT NULL,            -- 0 for the system
  client_id   BLOB,                       -- 16 bytes the sender chose; NULL = made by the server
  body        TEXT NOT NULL,              -- the words; for an activity its verb
  subject_id  BIGINT,                     -- activity: the person it is about; NULL otherwise
  attachments BIGINT NOT NULL,            -- how many
  position    BIGINT NOT NULL,
  at          BIGINT NOT NULL
);
-- Clients are asked for time-ordered ids (UUIDv7), which keeps the growth of this index at its end.
CREATE UNIQUE INDEX messages_client ON messages (client_id, author_kind, author_id) WHERE client_id IS NOT NULL;

-- How far each person has read each conversation.
CREATE TABLE conversation_reads (
  user_id         BIGINT NOT NULL,
  conversation_id BIGINT NOT NULL,
  seq             BIGINT NOT NULL,
  PRIMARY KEY (user_id, conversation_id)
);
