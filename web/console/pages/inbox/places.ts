// Where one is in the inbox: a view, what differs from it, and a conversation. All of it is in the
// address, so that it can be kept, sent and gone back to.
import {
  type Filter,
  filterText,
  parseFilter,
  presets,
  type View,
  views,
} from '../../stores/filter';
import type { SavedViews } from '../../stores/saved-views';

export interface Look {
  /** One of the fixed views, or a saved one (`view_3`). */
  readonly view: string;
  /** What the view says. */
  readonly base: Filter;
  /** With what the address says besides. */
  readonly filter: Filter;
}

export const isPreset = (view: string): view is View => (views as readonly string[]).includes(view);

/** `undefined`: a saved view that is not there, or not known yet. */
export function lookAt(view: string, query: URLSearchParams, saved: SavedViews): Look | undefined {
  const filter = isPreset(view) ? presets[view] : savedFilter(view, saved);
  return filter && { view, base: filter, filter: parseFilter(query, filter) };
}

function savedFilter(view: string, saved: SavedViews): Filter | undefined {
  const found = saved.find(view);
  return found && parseFilter(new URLSearchParams(found.filter));
}

export function placeOf({ view, base, filter }: Look, id?: string): string {
  const query = filterText(filter, base);
  return `/inbox/${view}${id ? `/${id}` : ''}${query ? `?${query}` : ''}`;
}

export const withFilter = (look: Look, patch: Partial<Filter>): string =>
  placeOf({ ...look, filter: { ...look.filter, ...patch } });

export const rowId = (id: string): string => `row-${id}`;
