import type { View } from '../../stores/lists';

/** The address of a conversation in the list it is seen in. */
export function placeOf(view: View, id: string | undefined, channel: string | undefined): string {
  const query = channel ? `?channel=${channel}` : '';
  return `/inbox/${view}${id ? `/${id}` : ''}${query}`;
}

export const rowId = (id: string): string => `row-${id}`;
