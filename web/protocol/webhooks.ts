// Webhooks of events, as docs/protocol.md has them.

export interface Delivery {
  position: number;
  kind: string;
  state: 'taken' | 'waiting' | 'dead';
  attempts: number;
  first_at: number;
  at: number;
  result: 'ok' | 'refused' | 'forbidden' | 'timeout' | 'unreachable' | 'failed';
  status: number | null;
  took_ms: number;
  answer: string;
}

export interface EventWebhook {
  id: string;
  url: string;
  kinds: string[];
  channels: string[];
  active: boolean;
  created_at: number;
  position: number;
  failures: number;
  next_at: number | null;
  waiting: Delivery | null;
  last: Delivery | null;
  dead: number;
  former_secret_until: number | null;
}

export interface CreatedWebhook {
  webhook: EventWebhook;
  secret: string;
}
