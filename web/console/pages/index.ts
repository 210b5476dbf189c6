import type { ComponentType } from 'preact';
import type { Role } from '../../protocol/types';

export interface PageProps {
  /** What the groups of the path matched. */
  readonly params: Readonly<Record<string, string | undefined>>;
}

export interface Page {
  readonly path: RegExp;
  readonly load: () => Promise<{ default: ComponentType<PageProps> }>;
  /** Shown to people who are not signed in too, and without the frame. */
  readonly bare?: true;
  /** The least role it is offered to. */
  readonly role?: Role;
}

/** Every page is a chunk of its own, fetched when it is first opened. The first match wins. */
export const pages: readonly Page[] = [
  { path: /^\/setup\/?$/, load: () => import('./setup'), bare: true },
  { path: /^\/try\/?$/, load: () => import('./try'), bare: true },
  {
    path: /^\/inbox\/(?<view>unassigned|mine|all|snoozed|resolved|view_\d+)(?:\/(?<id>cnv_\w+))?\/?$/,
    load: () => import('./inbox'),
  },
  { path: /^\/search\/?$/, load: () => import('./search') },
  { path: /^\/mentions\/?$/, load: () => import('./mentions') },
  {
    path: /^\/satisfaction\/?$/,
    load: () => import('./satisfaction'),
    role: 'supervisor',
  },
  { path: /^\/settings\/profile\/?$/, load: () => import('./settings/profile') },
  {
    path: /^\/settings\/channels(?:\/(?<id>chn_\w+))?\/?$/,
    load: () => import('./settings/channels'),
  },
  { path: /^\/settings\/replies\/?$/, load: () => import('./settings/replies') },
  { path: /^\/settings\/tags\/?$/, load: () => import('./settings/tags') },
  { path: /^\/settings\/people\/?$/, load: () => import('./settings/people') },
  {
    path: /^\/settings\/organisation\/?$/,
    load: () => import('./settings/organisation'),
    role: 'administrator',
  },
  {
    path: /^\/settings\/retention\/?$/,
    load: () => import('./settings/retention'),
    role: 'administrator',
  },
  { path: /^\/settings\/tokens\/?$/, load: () => import('./settings/tokens') },
  {
    path: /^\/settings\/webhooks(?:\/(?<id>hook_\w+))?\/?$/,
    load: () => import('./settings/webhooks'),
    role: 'administrator',
  },
  {
    path: /^\/settings\/status\/?$/,
    load: () => import('./settings/status'),
    role: 'administrator',
  },
  { path: /^\/settings\/?$/, load: () => import('./settings') },
];

export const home = '/inbox/unassigned';
