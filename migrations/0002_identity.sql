-- The organisation and its people.

CREATE TABLE organisation (
  id         INTEGER PRIMARY KEY CHECK (id = 1),
  name       TEXT NOT NULL,
  locale     TEXT NOT NULL,
  time_zone  TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  position   BIGINT NOT NULL              -- of the event that last changed this row; likewise below
);

CREATE TABLE users (
  id            INTEGER PRIMARY KEY,
  email         TEXT NOT NULL,            -- lower case
  name          TEXT NOT NULL,
  role          TEXT NOT NULL CHECK (role IN ('owner', 'administrator', 'supervisor', 'agent')),
  password_hash TEXT NOT NULL,            -- argon2id, PHC string
  active        BIGINT NOT NULL,
  locale        TEXT NOT NULL,
  availability  TEXT NOT NULL CHECK (availability IN ('online', 'away')),  -- the person's own choice
  avatar_key    TEXT NOT NULL,            -- '' = none
  created_at    BIGINT NOT NULL,
  position      BIGINT NOT NULL
);
CREATE UNIQUE INDEX users_email ON users (email);

CREATE TABLE sessions (
  token_hash BLOB PRIMARY KEY,            -- SHA-256 of the cookie
  user_id    BIGINT NOT NULL REFERENCES users (id),
  created_at BIGINT NOT NULL,
  seen_at    BIGINT NOT NULL              -- written at most once a minute
);
CREATE INDEX sessions_user ON sessions (user_id);

CREATE TABLE api_tokens (
  id           INTEGER PRIMARY KEY,
  user_id      BIGINT NOT NULL REFERENCES users (id),
  name         TEXT NOT NULL,
  token_hash   BLOB NOT NULL,
  created_at   BIGINT NOT NULL,
  last_used_at BIGINT                     -- NULL = never; written at most once a minute
);
CREATE UNIQUE INDEX api_tokens_hash ON api_tokens (token_hash);
CREATE INDEX api_tokens_user ON api_tokens (user_id);

CREATE TABLE avatars (
  key        TEXT PRIMARY KEY,            -- unguessable; the public address ends in it
  user_id    BIGINT NOT NULL REFERENCES users (id),
  media_type TEXT NOT NULL,
  image      BLOB NOT NULL
);
CREATE INDEX avatars_user ON avatars (user_id);

-- The one-time set-up link; gone once the organisation exists.
CREATE TABLE setup_link (
  id          INTEGER PRIMARY KEY CHECK (id = 1),
  secret_hash BLOB NOT NULL,
  created_at  BIGINT NOT NULL
);
