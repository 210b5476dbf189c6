-- Recordings of calls. Sound and pictures lie sealed in the folder `recordings`; this is what is known of them.

CREATE TABLE recordings (
  id              INTEGER PRIMARY KEY,
  call_id         BIGINT NOT NULL,
  channel_id      BIGINT NOT NULL,         -- who may see it: a recording may outlive its conversation
  conversation_id BIGINT NOT NULL,
  file            TEXT NOT NULL,           -- name in the folder, random
  began_at        BIGINT NOT NULL,
  ended_at        BIGINT,                  -- NULL = it goes on, or broke off and was not closed yet
  end_reason      TEXT,
  duration_ms     BIGINT NOT NULL DEFAULT 0,
  bytes           BIGINT NOT NULL DEFAULT 0, -- of the file
  index_at        BIGINT,                  -- where in the file its index lies; NULL = nothing was recorded
  index_number    BIGINT,
  index_bytes     BIGINT
);
CREATE INDEX recordings_call ON recordings (call_id);
CREATE INDEX recordings_conversation ON recordings (conversation_id);
CREATE INDEX recordings_open ON recordings (id) WHERE ended_at IS NULL;
CREATE INDEX recordings_ended ON recordings (ended_at);
CREATE UNIQUE INDEX recordings_file ON recordings (file);

-- The people of the organisation who were in it.
CREATE TABLE recording_people (
  recording_id INTEGER NOT NULL,
  user_id      BIGINT NOT NULL,
  PRIMARY KEY (recording_id, user_id)
) WITHOUT ROWID;

-- Who opened it when. Rows are only ever added; they stay when the recording is gone.
CREATE TABLE recording_accesses (
  id           INTEGER PRIMARY KEY,
  recording_id BIGINT NOT NULL,
  user_id      BIGINT NOT NULL,
  deed         TEXT NOT NULL,              -- played, exported, proof
  at           BIGINT NOT NULL
);
CREATE INDEX recording_accesses_recording ON recording_accesses (recording_id, user_id, at);

-- What signs recordings: made once, kept for good, so that its public half stays the one people know.
CREATE TABLE recording_signer (
  id      INTEGER PRIMARY KEY CHECK (id = 1),
  seed    BLOB NOT NULL,
  made_at BIGINT NOT NULL
);

-- 0 = a recording goes with its conversation; otherwise it stays for so many days, however old that is.
ALTER TABLE retention ADD COLUMN recordings_days BIGINT NOT NULL DEFAULT 0;
