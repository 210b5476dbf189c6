import { expect, it } from 'vitest';
import { el, list } from './dom';

interface Item {
  key: string;
  text: string;
}

it('makes, patches, moves and removes as little as possible', () => {
  const parent = el('div');
  let made = 0;
  const update = list<Item>(parent, () => {
    made++;
    const node = el('p');
    return {
      node,
      patch: (row) => {
        node.textContent = row.text;
      },
    };
  });
  const show = (keys: string): void => update(keys.split('').map((key) => ({ key, text: key })));
  show('abcd');
  const nodes = [...parent.children];
  show('bcd');
  expect([...parent.children]).toEqual(nodes.slice(1));
  show('xbcyd');
  expect(parent.textContent).toBe('xbcyd');
  expect(parent.children[1]).toBe(nodes[1]);
  expect(parent.children[4]).toBe(nodes[3]);
  expect(made).toBe(6);
  update([{ key: 'b', text: 'new' }]);
  expect(nodes[1]?.textContent).toBe('new');
});

it('never reads text as HTML', () => {
  const evil = '<img src=x onerror=alert(1)>';
  const node = el('div', { title: evil }, evil);
  expect(node.children).toHaveLength(0);
  expect(node.textContent).toBe(evil);
});
