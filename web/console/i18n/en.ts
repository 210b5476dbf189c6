import type { Translation } from '../../core/i18n';

const en = {
  title: 'Parlor',
} as const;

export type Dict = Translation<typeof en>;
export type English = typeof en;
export default en;
