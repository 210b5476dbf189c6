// Where the visitor writes: grows with the text, sends on Enter, takes files from everywhere.
import { utf8Bytes } from '../core/measure';
import type { Client } from './client';
import { control, el, set } from './dom';
import type { Texts } from './i18n';
import * as icons from './icons';
import type { Tray } from './media';

/** All that files need; asked for when somebody comes near. */
const media = () => import('./media');

export interface Composer {
  node: HTMLElement;
  focus(): void;
}

const heightMax = 140;

export function createComposer(client: Client, { t, locale }: Texts, sent: () => void): Composer {
  const touch = matchMedia('(pointer: coarse)').matches;
  let tray: Tray | undefined;

  const input = el('textarea', {
    rows: 1,
    placeholder: t('write'),
    'aria-label': t('write'),
    dir: 'auto',
  });
  const send = control(t('send'), icons.send, { type: 'submit', class: 'send' });
  const hint = el('p', { class: 'hint', role: 'status' });
  const staged = el('div', { class: 'tray' });

  async function addFiles(files: FileList | null | undefined): Promise<void> {
    const list = [...(files ?? [])];
    if (!list.length) return;
    const { createTray } = await media();
    tray ??= createTray(staged, client, { t, locale }, (problem) => {
      hint.textContent = problem;
      check();
    });
    tray.add(list);
    input.focus();
  }

  const chooser = (label: string, sign: string, accept?: string): HTMLElement =>
    control(label, sign, {
      // A browser opens its dialog only right after the click: have the code by then.
      onpointerdown: media,
      onclick: () => media().then(({ choose }) => choose(addFiles, accept)),
    });

  function check(): void {
    const bytes = utf8Bytes(input.value);
    const { textMax } = client.state;
    const over = bytes > textMax;
    if (over) hint.textContent = t('overLimit');
    else if (bytes > textMax * 0.9) hint.textContent = t('nearLimit');
    else if (bytes) hint.textContent = tray?.problem ?? '';
    set(send, { disabled: over || !(input.value.trim() || tray?.count) });
    set(input, { 'aria-invalid': over });
    input.style.height = 'auto';
    input.style.height = `${Math.min(input.scrollHeight, heightMax)}px`;
  }

  async function submit(): Promise<void> {
    check();
    if (send.disabled) return;
    const text = input.value;
    const files = tray?.take() ?? [];
    input.value = '';
    hint.textContent = '';
    check();
    input.focus();
    try {
      await client.send({ text, ...(files.length && { files }) });
      sent();
    } catch {
      input.value = text;
      hint.textContent = t('outbox.full');
    }
  }

  input.oninput = () => {
    check();
    client.typing(input.value !== '');
  };
  input.onblur = () => client.typing(false);
  input.onkeydown = (event) => {
    // Enter that chooses a word of an input method does not send; 229 is what Safari says then.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229)
      return;
    // A phone's keyboard has no Shift+Enter.
    if (touch) return;
    event.preventDefault();
    submit();
  };
  input.onpaste = (event) => {
    const files = event.clipboardData?.files;
    if (!files?.length) return;
    event.preventDefault();
    addFiles(files);
  };

  const smile = control(t('emoji'), icons.emoji, {
    'aria-expanded': 'false',
    onclick: () => import('./emoji').then(({ toggleEmoji }) => toggleEmoji(smile, form, input)),
  });
  const form = el(
    'form',
    { class: 'composer' },
    staged,
    input,
    el(
      'div',
      { class: 'tools' },
      chooser(t('attach'), icons.attach),
      touch && chooser(t('camera'), icons.camera, 'image/*'),
      smile,
      hint,
      send,
    ),
  );
  form.onsubmit = (event) => {
    event.preventDefault();
    submit();
  };

  // A file may be dropped anywhere on the chat.
  document.ondragenter = () =>
    media().then(({ catchDrops }) => catchDrops({ t, locale }, addFiles));

  check();
  return { node: form, focus: () => input.focus() };
}
