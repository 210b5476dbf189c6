-- How urgent a conversation is, and until when it is put aside.

ALTER TABLE conversations ADD COLUMN priority BIGINT NOT NULL DEFAULT 0;   -- 0 none, 1 low … 4 urgent
ALTER TABLE conversations ADD COLUMN snoozed BIGINT NOT NULL DEFAULT 0;    -- 1 = put aside, though open
ALTER TABLE conversations ADD COLUMN snoozed_by BIGINT;                    -- NULL unless snoozed
ALTER TABLE conversations ADD COLUMN snoozed_until BIGINT;                 -- NULL = until the customer writes

-- The lists: by latest activity, of all and of each person (or nobody); what comes first by priority or by waiting is few, and in an index of its own.
DROP INDEX conversations_status;
CREATE INDEX conversations_activity ON conversations (status, snoozed, updated_at, id);
CREATE INDEX conversations_owner ON conversations (status, snoozed, assignee_id, updated_at, id);
CREATE INDEX conversations_priority ON conversations (status, snoozed, priority, id) WHERE priority > 0;
CREATE INDEX conversations_waiting ON conversations (status, snoozed, waiting_since_at, id)
  WHERE waiting_since_at IS NOT NULL;
CREATE INDEX conversations_due ON conversations (snoozed_until) WHERE snoozed_until IS NOT NULL;
