-- What visitors answered before a conversation.

CREATE TABLE prechat_answers (
  id              INTEGER PRIMARY KEY,
  customer_id     BIGINT NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
  conversation_id BIGINT REFERENCES conversations (id) ON DELETE CASCADE,   -- NULL until it begins
  answers         TEXT NOT NULL,           -- JSON [[label, text]] as they were asked and answered
  tags            TEXT NOT NULL,           -- JSON [number]: what the conversation is tagged with
  consent         TEXT NOT NULL,           -- the words that were agreed to; '' = none were asked
  at              BIGINT NOT NULL
);
CREATE INDEX prechat_answers_customer ON prechat_answers (customer_id);
CREATE INDEX prechat_answers_conversation ON prechat_answers (conversation_id);
