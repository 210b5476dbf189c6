// Messages that never arrived. Loaded when a gap shows that there is one.
import type { Clock } from '../core/clock';
import { findGaps } from '../core/timeline';
import type { VisitorMessage, VisitorMessagePage } from '../protocol/types';

type FetchPage = (before?: number, limit?: number) => Promise<VisitorMessagePage>;

/** Fetches what is missing between the messages we hold; three times, then at the next event. */
export async function fillGaps(
  items: () => readonly VisitorMessage[],
  fetchPage: FetchPage,
  add: (messages: readonly VisitorMessage[]) => void,
  clock: Clock,
  tries = 3,
): Promise<void> {
  try {
    for (const gap of findGaps(items())) {
      const limit = Math.min(100, gap.before - gap.after);
      add((await fetchPage(gap.beforeOrder, limit)).items);
    }
  } catch {
    if (tries > 1) clock.after(2000, () => fillGaps(items, fetchPage, add, clock, tries - 1));
  }
}
