// The moments one puts a conversation aside until, in the time of the person's own machine.

export interface SnoozeTime {
  readonly id: 'laterToday' | 'tonight' | 'tomorrow' | 'nextWeek';
  readonly at: number;
}

const morning = 9;
const evening = 18;
const hourMs = 3_600_000;

function atHour(now: number, days: number, hour: number): number {
  const day = new Date(now);
  day.setDate(day.getDate() + days);
  day.setHours(hour, 0, 0, 0);
  return day.getTime();
}

/** Only what makes sense at this time of the day. */
export function snoozeTimes(now: number): SnoozeTime[] {
  const times: SnoozeTime[] = [];
  const hour = new Date(now).getHours();
  // On the full hour, three hours on.
  const soon = new Date(now + 3 * hourMs).setMinutes(0, 0, 0);
  if (hour < 21) times.push({ id: 'laterToday', at: soon });
  if (hour < evening - 3) times.push({ id: 'tonight', at: atHour(now, 0, evening) });
  times.push({ id: 'tomorrow', at: atHour(now, 1, morning) });
  const toMonday = (8 - new Date(now).getDay()) % 7 || 7;
  times.push({ id: 'nextWeek', at: atHour(now, toMonday, morning) });
  return times;
}

const units: [RegExp, number][] = [
  [/^(m|min|minutes?|分|分钟|分鐘)$/, 60_000],
  [/^(h|hours?|小时|小時|时|時)$/, hourMs],
  [/^(d|days?|天|日)$/, 24 * hourMs],
  [/^(w|weeks?|周|週|星期)$/, 7 * 24 * hourMs],
];

/** "2h", "3 days", "45分钟": from now on. */
export function readSpan(typed: string, now: number): number | undefined {
  const [, number, unit] = /^\s*(\d{1,3})\s*(\p{L}+)\s*$/u.exec(typed.toLowerCase()) ?? [];
  const ms = units.find(([name]) => name.test(unit ?? ''))?.[1];
  const count = Number(number);
  return ms && count > 0 && count * ms <= 366 * 24 * hourMs ? now + count * ms : undefined;
}
