import { expect, test } from 'vitest';
import type { QuickReply } from '../../protocol/types';
import { fill } from './fill';
import { byFolder, findReplies } from './find';

const reply = (part: Partial<QuickReply>): QuickReply => ({
  id: part.title ?? 'x',
  scope: 'shared',
  folder: '',
  title: '',
  shortcut: '',
  text: '',
  used: 0,
  last_used_at: null,
  updated_at: 0,
  position: 0,
  ...part,
});

test('variables are filled in, what is not known has something instead or is named', () => {
  const values = { 'customer.name': '王芳', 'customer.email': null, 'customer.会员等级': '金卡' };
  expect(fill('您好 {{customer.name}}，{{ customer.会员等级 }}', values).text).toBe(
    '您好 王芳，金卡',
  );
  expect(fill('Hi {{customer.email|there}}!', values)).toEqual({ text: 'Hi there!', missing: [] });
  expect(fill('Hi {{customer.email}}{{who}}{{who}}', values)).toEqual({
    text: 'Hi ',
    missing: ['customer.email', 'who'],
  });
});

test('what only looks like a variable stays, and what is filled in is not filled in again', () => {
  expect(fill('{{}} {x} {{a b}} {{{a}}}', { a: '1' }).text).toBe('{{}} {x} {{a b}} {1}');
  expect(fill('{{a}}', { a: '{{b}}', b: 'no' }).text).toBe('{{b}}');
  expect(fill('{{a}}', { a: '$& $1' }).text).toBe('$& $1');
});

test('the shortcut is found before the title, the title before the words, more used before less', () => {
  const all = [
    reply({ title: 'words', text: 'about a refund' }),
    reply({ title: 'Refund policy' }),
    reply({ title: 'The refund', used: 1 }),
    reply({ title: 'Your refund', used: 5 }),
    reply({ title: 'short', shortcut: 'refund' }),
    reply({ title: 'other' }),
  ];
  const titles = (typed: string) => findReplies(all, typed).map(({ title }) => title);
  expect(titles('REFUND')).toEqual([
    'short',
    'Refund policy',
    'Your refund',
    'The refund',
    'words',
  ]);
  expect(titles('/ref')).toHaveLength(5);
  expect(titles('')).toHaveLength(6);
  expect(titles('nothing')).toEqual([]);
});

test('single Chinese characters and folders are found', () => {
  const all = [reply({ title: '退款说明' }), reply({ title: '几天到', folder: '物流/查询' })];
  expect(findReplies(all, '款')).toHaveLength(1);
  expect(findReplies(all, '物流')[0]?.title).toBe('几天到');
});

test('folders come in order, what lies in none first', () => {
  const folders = byFolder([
    reply({ title: 'b', folder: 'Z' }),
    reply({ title: 'c' }),
    reply({ title: 'a', folder: 'Z' }),
  ]);
  expect(folders.map(({ name, replies }) => [name, replies.map(({ title }) => title)])).toEqual([
    ['', ['c']],
    ['Z', ['a', 'b']],
  ]);
});
