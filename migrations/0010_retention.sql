-- How long what is kept is kept, and what may not go.

-- In days; 0 = for ever.
CREATE TABLE retention (
  id                 INTEGER PRIMARY KEY CHECK (id = 1),
  conversations_days BIGINT NOT NULL,      -- resolved ones without anything new
  customers_days     BIGINT NOT NULL,      -- those without a conversation who did not come again
  events_days        BIGINT NOT NULL
);
INSERT INTO retention (id, conversations_days, customers_days, events_days) VALUES (1, 0, 0, 0);

-- Channels that have it otherwise.
CREATE TABLE retention_channels (
  channel_id         INTEGER PRIMARY KEY REFERENCES channels (id),
  conversations_days BIGINT NOT NULL
);

-- 1 = nothing of it may go, however old.
ALTER TABLE conversations ADD COLUMN held BIGINT NOT NULL DEFAULT 0;
CREATE TABLE conversation_holds (
  conversation_id INTEGER PRIMARY KEY,
  user_id         BIGINT NOT NULL,
  note            TEXT NOT NULL,
  at              BIGINT NOT NULL
);

-- The conversation is gone, its messages go piece by piece.
CREATE TABLE conversation_remains (
  conversation_id INTEGER PRIMARY KEY
);

-- Parts of the search index with words that are gone from here.
CREATE TABLE search_stale (
  part INTEGER PRIMARY KEY,
  mark BIGINT NOT NULL                     -- the position that was next when words of it went last
);

-- Up to here events may be missing: an older cursor means nothing any more.
ALTER TABLE store ADD COLUMN swept_position BIGINT NOT NULL DEFAULT 0;
