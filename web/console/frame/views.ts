// The names and icons of the fixed views.
import type { IconName } from '../../ui/icon';
import { count } from '../format';
import { type TextKey, t } from '../i18n';
import { isPreset } from '../pages/inbox/places';
import type { View } from '../stores/filter';
import type { SavedViews } from '../stores/saved-views';

export const viewIcons: Record<View, IconName> = {
  unassigned: 'unassigned',
  mine: 'user',
  all: 'inbox',
  snoozed: 'clock',
  resolved: 'resolved',
};

export const viewTexts = {
  unassigned: 'view.unassigned',
  mine: 'view.mine',
  all: 'view.all',
  snoozed: 'view.snoozed',
  resolved: 'view.resolved',
} as const satisfies Record<View, TextKey>;

export const viewName = (view: string, saved: SavedViews): string =>
  isPreset(view) ? t(viewTexts[view]) : (saved.find(view)?.name ?? '');

export const atMost = (value: number | undefined): string =>
  value === undefined ? '' : value >= 1000 ? `${count(999)}+` : count(value);
