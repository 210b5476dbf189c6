-- The store itself: its identity and the log of what happened.

CREATE TABLE store (
  id         INTEGER PRIMARY KEY CHECK (id = 1),
  epoch      TEXT NOT NULL,              -- part of every cursor; a restore writes a new one
  created_at BIGINT NOT NULL
);

-- Appended in the transaction of the command that caused it. Holds ids, never words.
CREATE TABLE events (
  position INTEGER PRIMARY KEY,          -- given by the single writer, without gaps
  kind     TEXT NOT NULL,
  subject  BIGINT NOT NULL,              -- the row it is about: conversation, customer, user …
  part     BIGINT NOT NULL,              -- a second number the kind defines: a message's seq; 0 if none
  at       BIGINT NOT NULL
);
