-- Whom the organisation talks to.

CREATE TABLE customers (
  id           INTEGER PRIMARY KEY,
  channel_id   BIGINT NOT NULL REFERENCES channels (id),   -- the one they first came through
  name         TEXT NOT NULL,             -- '' = not known; likewise below
  email        TEXT NOT NULL,
  phone        TEXT NOT NULL,
  note         TEXT NOT NULL,             -- the agents' words about them
  attributes   TEXT NOT NULL,             -- JSON object of strings, as the page said: unverified
  page         TEXT NOT NULL,             -- JSON {url,title,referrer,at} or ''
  device       TEXT NOT NULL,             -- JSON {browser,os,kind,language} or ''
  locale       TEXT NOT NULL,
  created_at   BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL,           -- written at most once a minute
  position     BIGINT NOT NULL
);

CREATE TABLE visitor_sessions (
  token_hash  BLOB PRIMARY KEY,           -- SHA-256 of the token in the visitor's browser
  customer_id BIGINT NOT NULL REFERENCES customers (id),
  channel_id  BIGINT NOT NULL REFERENCES channels (id),
  created_at  BIGINT NOT NULL,
  seen_at     BIGINT NOT NULL             -- written at most once a day; it ends 365 days later
);
CREATE INDEX visitor_sessions_customer ON visitor_sessions (customer_id);
