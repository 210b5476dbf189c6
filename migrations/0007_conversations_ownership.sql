-- Whose conversation it is, and what was given back for people who could not be reached.

-- +1 with every change of assignee: one owner for each number. Whoever decides by what they saw names the number.
ALTER TABLE conversations ADD COLUMN owner_epoch BIGINT NOT NULL DEFAULT 0;
-- 1 = given to somebody who was gone, by somebody who could see that; neither they nor the customer came to it since.
ALTER TABLE conversations ADD COLUMN entrusted BIGINT NOT NULL DEFAULT 0;

-- Also finds those of one person in which a customer waits, the longest first.
DROP INDEX conversations_assignee;
CREATE INDEX conversations_assignee ON conversations (status, assignee_id, channel_id, entrusted, waiting_since_at);

-- Kept until the person has seen it.
CREATE TABLE conversation_handbacks (
  user_id         BIGINT NOT NULL,         -- from whom
  conversation_id BIGINT NOT NULL,
  owner_epoch     BIGINT NOT NULL,         -- since then; if the conversation's is another, somebody has taken it on
  PRIMARY KEY (user_id, conversation_id)
);
