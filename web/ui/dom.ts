// Elements without a library: a chat is one list and a handful of controls, and a framework would
// be a third of what a visitor downloads. Text goes in as text only; there is no way to pass HTML.

type Child = Node | string | false | null | undefined;
type Props = Record<string, unknown>;

/** Properties that exist on the element are set as such, everything else is an attribute. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  set(element, props);
  for (const child of children) if (child) element.append(child);
  return element;
}

export function set(element: Element, props: Props): void {
  for (const [name, value] of Object.entries(props)) {
    // An empty `alt` says something, hence must be written even though the property is empty already.
    if (name in element && value !== '' && !name.includes('-')) {
      const target = element as unknown as Props;
      if (target[name] !== value) target[name] = value;
    } else if (value == null || value === false) element.removeAttribute(name);
    else if (element.getAttribute(name) !== String(value))
      element.setAttribute(name, String(value));
  }
}

/** A sign drawn with lines, in the colour of the text. */
export function icon(path: string): SVGSVGElement {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  const line = document.createElementNS(space, 'path');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  line.setAttribute('d', path);
  svg.append(line);
  return svg;
}

/** A button that shows a sign instead of words. */
export const control = (label: string, path: string, props: Props = {}): HTMLButtonElement =>
  el('button', { type: 'button', 'aria-label': label, title: label, ...props }, icon(path));

export interface View<R> {
  node: HTMLElement;
  /** Takes over what changed; a live region must not see what stayed. */
  patch(row: R): void;
}

/** Keeps the children of `parent` equal to `rows`, moving and making as little as possible. */
export function list<R extends { key: string }>(
  parent: Element,
  make: (row: R) => View<R>,
): (rows: readonly R[]) => void {
  let views = new Map<string, View<R>>();
  return (rows) => {
    const keys = new Set(rows.map((row) => row.key));
    // First what goes, so that what stays is found in its place and not moved.
    for (const [key, { node }] of views) if (!keys.has(key)) node.remove();
    const next = new Map<string, View<R>>();
    let place = parent.firstChild;
    for (const row of rows) {
      const view = views.get(row.key) ?? make(row);
      view.patch(row);
      next.set(row.key, view);
      if (view.node === place) place = place.nextSibling;
      else parent.insertBefore(view.node, place);
    }
    views = next;
  };
}
