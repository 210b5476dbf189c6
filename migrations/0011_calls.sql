-- Calls, who takes part in them, what was drawn and how well the lines were.

CREATE TABLE calls (
  id              INTEGER PRIMARY KEY,
  conversation_id BIGINT NOT NULL,
  channel_id      BIGINT NOT NULL,         -- of the conversation
  customer_id     BIGINT NOT NULL,         -- likewise
  medium          TEXT NOT NULL,           -- 'audio', 'video'
  direction       TEXT NOT NULL,           -- who asked: 'agent', 'visitor'
  state           TEXT NOT NULL,           -- 'ringing', 'connecting', 'active', 'ended'
  reason          TEXT,                    -- why it ended; NULL until then
  created_at      BIGINT NOT NULL,
  answered_at     BIGINT,                  -- NULL = never
  ended_at        BIGINT,                  -- NULL = not yet
  widen_at        BIGINT,                  -- when it rings at others than the assignee too; NULL = it does, or never will
  recording       TEXT NOT NULL,           -- 'off', 'waiting_for_consent', 'on', 'paused'
  recording_note  TEXT NOT NULL,           -- why it was started, paused or stopped last
  recording_by    BIGINT,                  -- by whom; NULL = by the policy, or the customer's consent
  consent         TEXT,                    -- 'agreed', 'refused'; NULL = not asked, or not answered
  consent_at      BIGINT,
  position        BIGINT NOT NULL
);
CREATE INDEX calls_conversation ON calls (conversation_id, id);
CREATE INDEX calls_customer ON calls (customer_id, position);
-- One at a time in a conversation.
CREATE UNIQUE INDEX calls_live ON calls (conversation_id) WHERE state <> 'ended';

-- One row for each who was asked to take part; its id is the leg in the media plane.
CREATE TABLE call_legs (
  id          INTEGER PRIMARY KEY,
  call_id     BIGINT NOT NULL,
  user_id     BIGINT,                      -- NULL = the customer
  role        TEXT NOT NULL,               -- 'talks', 'listens', 'whispers'
  state       TEXT NOT NULL,               -- 'ringing', 'accepted', 'joined', 'interrupted', 'left'
  accepted_at BIGINT,                      -- NULL = only rang
  due_at      BIGINT,                      -- when this state has lasted too long; NULL = it may last
  replaces    BIGINT,                      -- the leg that leaves when this one is joined; 0 = every other agent's that talks
  muted       BIGINT NOT NULL,
  camera      BIGINT NOT NULL,
  screen      BIGINT NOT NULL
);
CREATE INDEX call_legs_call ON call_legs (call_id, id);
CREATE INDEX call_legs_due ON call_legs (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX call_legs_user ON call_legs (user_id, state);

-- What is drawn over the picture, as its author's client says it.
CREATE TABLE call_strokes (
  call_id BIGINT NOT NULL,
  leg_id  BIGINT NOT NULL,
  name    TEXT NOT NULL,                   -- the client's id of it
  at      BIGINT NOT NULL,
  stroke  TEXT NOT NULL,                   -- JSON
  PRIMARY KEY (call_id, leg_id, name)
);

-- How well a line was since it was joined, as the media plane and as the client saw it.
CREATE TABLE call_quality (
  leg_id     BIGINT NOT NULL,
  call_id    BIGINT NOT NULL,
  source     TEXT NOT NULL,                -- 'server', 'client'
  at         BIGINT NOT NULL,
  samples    BIGINT NOT NULL,              -- how many reports these are the means of; freezes and packets are sums
  loss_up    BIGINT NOT NULL,              -- of a million packets, towards us
  loss_down  BIGINT NOT NULL,
  jitter_us  BIGINT NOT NULL,
  rtt_us     BIGINT NOT NULL,
  kbit_up    BIGINT NOT NULL,
  kbit_down  BIGINT NOT NULL,
  freezes    BIGINT NOT NULL,
  packets    BIGINT NOT NULL,
  PRIMARY KEY (leg_id, source)
);
CREATE INDEX call_quality_call ON call_quality (call_id);

-- The call an activity is about; NULL for every other message.
ALTER TABLE messages ADD COLUMN call_id BIGINT;
