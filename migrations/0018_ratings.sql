-- What customers thought of how they were served.

CREATE TABLE ratings (
  id              INTEGER PRIMARY KEY,
  conversation_id BIGINT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  asked_seq       BIGINT NOT NULL,         -- the activity that asked: a conversation that goes on is rated anew
  channel_id      BIGINT NOT NULL,
  customer_id     BIGINT NOT NULL,
  agent_id        BIGINT,                  -- whose conversation it was; NULL = nobody's
  score           BIGINT NOT NULL,         -- 1 (worst) to 5
  solved          BIGINT,                  -- whether the matter was; NULL = not said
  tags            TEXT NOT NULL,           -- JSON array of the words chosen
  comment         TEXT NOT NULL,
  at              BIGINT NOT NULL,         -- of the first time
  changed_at      BIGINT NOT NULL,
  position        BIGINT NOT NULL          -- of the event that tells it
);
CREATE UNIQUE INDEX ratings_conversation ON ratings (conversation_id, asked_seq);
CREATE INDEX ratings_at ON ratings (at);
