// The pages of the settings, for their own list and for the command bar.
import type { Role } from '../../../protocol/types';
import type { IconName } from '../../../ui/icon';
import type { TextKey } from '../../i18n';

interface SettingsPage {
  readonly path: string;
  readonly icon: IconName;
  readonly text: Extract<TextKey, `settings.${string}`>;
  /** The least role it is offered to. */
  readonly role?: Role;
}

const all = [
  { path: '/settings/profile', icon: 'user', text: 'settings.profile' },
  { path: '/settings/channels', icon: 'channel', text: 'settings.channels' },
  { path: '/settings/replies', icon: 'zap', text: 'settings.replies' },
  { path: '/settings/tags', icon: 'tag', text: 'settings.tags' },
  { path: '/settings/people', icon: 'users', text: 'settings.people' },
  {
    path: '/settings/organisation',
    icon: 'building',
    text: 'settings.organisation',
    role: 'administrator',
  },
  {
    path: '/settings/retention',
    icon: 'clock',
    text: 'settings.retention',
    role: 'administrator',
  },
  { path: '/settings/tokens', icon: 'key', text: 'settings.tokens' },
  { path: '/settings/webhooks', icon: 'globe', text: 'settings.webhooks', role: 'administrator' },
  { path: '/settings/status', icon: 'pulse', text: 'settings.status', role: 'administrator' },
] as const satisfies readonly SettingsPage[];

export type SettingsText = (typeof all)[number]['text'];
export const settingsPages: readonly (SettingsPage & { readonly text: SettingsText })[] = all;
