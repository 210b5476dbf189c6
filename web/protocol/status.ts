// How the server is: what administrators see of it.

export interface ServerStatus {
  /** When this was seen; 0 before the first look. */
  at: number;
  version: string;
  commit: string;
  started_at: number;
  sockets: { side: 'agent' | 'visitor'; carrier: 'websocket' | 'http'; open: number }[];
  messages_per_s: number;
  requests_per_s: number;
  answer_p50_ms: number | null;
  answer_p99_ms: number | null;
  writer_waiting: number;
  writer_waiting_max: number;
  refused_per_minute: number;
  errors_per_minute: number;
  problems: { code: string; count: number }[];
  search_behind_events: number;
  search_behind_s: number;
  disk: { free_bytes: number; total_bytes: number; full_in_days: number | null } | null;
  store_bytes: number;
  search_bytes: number;
  attachments: number;
  attachment_bytes: number;
  memory_bytes: number;
  memory_max_bytes: number;
  cpu_percent: number;
  descriptors: number;
  descriptors_max: number;
  backup: { good_at: number | null; failed: boolean; every_ms: number } | null;
  certificate: { expires_at: number; self_made: boolean } | null;
  keys: {
    master_key_in_data: boolean;
    recovery_key_in_data: boolean;
    exchange: KeyExchange | null;
  };
  alerts: number;
}

/** Everything is being sealed under another root key; `total` is 0 before it is counted. */
export interface KeyExchange {
  step: 'store' | 'search' | 'files' | 'keyslots';
  done: number;
  total: number;
}

/** Every ten seconds of the last hour at most. */
export interface StatusPoint {
  at: number;
  sockets: number;
  messages_per_s: number;
  answer_p99_ms: number;
  writer_waiting: number;
  errors_per_minute: number;
  memory_bytes: number;
  cpu_percent: number;
  disk_free_bytes: number;
}

export type AlertUnit = 'percent' | 'days' | 'ms' | 's' | 'per_minute' | 'times' | 'yes';

export interface Alert {
  rule: string;
  severity: 'warning' | 'critical';
  text: string;
  value: number;
  threshold: number;
  unit: AlertUnit;
  began_at: number;
  resolved_at: number | null;
  acknowledged_at: number | null;
  acknowledged_by: string | null;
}

export interface AlertRule {
  id: string;
  severity: 'warning' | 'critical';
  text: string;
  unit: AlertUnit;
  bad: 'above' | 'below';
  enabled: boolean;
  threshold: number;
  for_seconds: number;
  default_threshold: number;
  default_for_seconds: number;
}

export interface WebhookOutcome {
  at: number;
  result: 'ok' | 'refused' | 'forbidden' | 'timeout' | 'unreachable' | 'failed';
  status: number | null;
}

export interface Webhook {
  id: string;
  url: string;
  created_at: number;
  last: WebhookOutcome | null;
}
