// Files, in a chunk of their own that loads with the first one: choosing, uploading, showing.

import { bytesFormat } from '../core/formats';
import { ApiError, type Http, problemToError } from '../core/http';
import { type OutFile, uploadFiles } from '../core/outbox';
import type { Attachment } from '../protocol/types';
import type { Client } from './client';
import { el, icon, set } from './dom';
import type { Texts } from './i18n';
import * as icons from './icons';
import { openLightbox } from './lightbox';
import { type RareTexts, rareTexts } from './rare';
import './extra';
import type { Bubble } from './rows';

const filesMax = 10;
const fileSign = 'M6 3h8l4 4v14H6ZM14 3v4h4';
const inlineImage = /^image\/(png|jpeg|gif|webp)$/;

export interface Tray {
  readonly count: number;
  readonly problem: string;
  add(files: readonly File[]): void;
  take(): OutFile[];
}

type TakeFiles = (files: FileList | null | undefined) => unknown;

/** The system's dialog; with `accept` the camera of a phone. */
export function choose(take: TakeFiles, accept?: string): void {
  const input = el('input', { type: 'file', multiple: !accept, hidden: true });
  set(input, { accept: accept ?? '', capture: accept && 'environment' });
  input.onchange = () => {
    take(input.files);
    input.remove();
  };
  // Safari forgets an input that is not on the page.
  document.body.append(input);
  input.click();
}

export function catchDrops({ locale }: Texts, take: TakeFiles): void {
  const label = rareTexts(locale)('drop');
  const page = document.body;
  const leave = (): void => {
    delete page.dataset.drop;
  };
  document.ondragover = (event) => {
    event.preventDefault();
    page.dataset.drop = label;
  };
  document.ondragleave = leave;
  document.ondrop = (event) => {
    event.preventDefault();
    leave();
    take(event.dataTransfer?.files);
  };
}

/** Files chosen but not sent yet. */
export function createTray(
  node: HTMLElement,
  client: Client,
  { locale }: Texts,
  onChange: (problem: string) => void,
): Tray {
  const t = rareTexts(locale);
  const size = bytesFormat(locale);
  let files: OutFile[] = [];
  let problem = '';

  function draw(): void {
    node.replaceChildren(
      ...files.map((file) => {
        const label = t('remove', { name: file.name });
        const drop = (): void => {
          files = files.filter((other) => other !== file);
          problem = '';
          draw();
        };
        return el(
          'span',
          { class: 'chip' },
          preview(file.blob, file.type),
          el('span', { class: 'chip-name', dir: 'auto' }, file.name),
          el('button', { type: 'button', 'aria-label': label, onclick: drop }, icon(icons.close)),
        );
      }),
    );
    onChange(problem);
  }

  return {
    get count() {
      return files.length;
    },
    get problem() {
      return problem;
    },
    add(chosen) {
      problem = '';
      for (const file of chosen) {
        const max = client.state.fileMax;
        if (files.length >= filesMax) problem = t('tooMany', { max: filesMax });
        else if (file.size > max) problem = t('tooLarge', { name: file.name, size: size(max) });
        else
          files.push({
            name: file.name,
            type: file.type || 'application/octet-stream',
            blob: file,
          });
      }
      draw();
    },
    take() {
      const taken = files;
      files = [];
      problem = '';
      draw();
      return taken;
    },
  };
}

function preview(blob: Blob, type: string): HTMLElement | SVGElement {
  if (!inlineImage.test(type)) return icon(fileSign);
  const image = el('img', { alt: '' });
  image.src = URL.createObjectURL(blob);
  image.onload = () => URL.revokeObjectURL(image.src);
  return image;
}

/** XMLHttpRequest, because fetch cannot tell how much has left. */
function upload(api: Http, file: OutFile, progress: (part: number) => void): Promise<Attachment> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', api.url('/visitor/attachments'));
    request.responseType = 'json';
    const headers = {
      ...api.headers(),
      'Content-Type': file.type,
      'X-Parlor-Filename': encodeURIComponent(file.name),
    };
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) progress(event.loaded / event.total);
    };
    request.onload = () => {
      if (request.status === 201 || request.status === 200) resolve(request.response as Attachment);
      else {
        const retry = request.getResponseHeader('Retry-After');
        reject(problemToError(request.status, request.response, retry));
      }
    };
    request.onerror = request.onabort = () => reject(new ApiError('network'));
    request.send(file.blob);
  });
}

export const uploader = (api: Http, onProgress: (id: string, fraction: number) => void) =>
  uploadFiles({ upload: (file, progress) => upload(api, file, progress), onProgress });

interface Shown {
  name: string;
  type: string;
  bytes: number;
  width: number | null;
  height: number | null;
  blob(): Promise<Blob>;
}

function sources(row: Bubble, client: Client): Shown[] {
  return [
    ...(row.files ?? []).map(({ name, type, blob }) => ({
      name,
      type,
      bytes: blob.size,
      width: inlineImage.test(type) ? 240 : null,
      height: 180,
      blob: async () => blob,
    })),
    ...(row.attachments ?? []).map(({ id, name, media_type, bytes, width, height }) => {
      // The token must not stand in an address, so the browser cannot fetch it by itself.
      let kept: Promise<Blob> | undefined;
      const load = (): Promise<Blob> =>
        client.api.request('GET', `/visitor/attachments/${id}`).then((answer) => answer.blob());
      const blob = (): Promise<Blob> => {
        kept ??= load();
        kept.catch(() => {
          kept = undefined;
        });
        return kept;
      };
      return { name, type: media_type, bytes, width, height, blob };
    }),
  ];
}

export function showFiles(place: HTMLElement, row: Bubble, client: Client, i18n: Texts): void {
  const t = rareTexts(i18n.locale);
  const size = bytesFormat(i18n.locale);
  for (const file of sources(row, client)) {
    place.append(file.width ? picture(file, i18n) : download(file, size(file.bytes), t));
  }
}

function picture(file: Shown, i18n: Texts): HTMLElement {
  const [width, height] = [file.width ?? 1, file.height ?? 1];
  const scale = Math.min(1, 240 / width, 260 / height);
  const image = el('img', { alt: file.name });
  const button = el('button', { type: 'button', class: 'picture', 'aria-label': file.name }, image);
  // The place is kept before the picture is there: nothing jumps.
  button.style.width = `${Math.max(64, Math.round(width * scale))}px`;
  button.style.height = `${Math.max(48, Math.round(height * scale))}px`;
  const load = async (): Promise<void> => {
    try {
      image.src = URL.createObjectURL(await file.blob());
      set(button, { title: '', onclick: () => openLightbox(image.src, file.name, i18n.t) });
    } catch {
      set(button, { title: rareTexts(i18n.locale)('loadFailed'), onclick: load });
      button.classList.add('broken');
    }
  };
  const watch = new IntersectionObserver(([entry]) => {
    if (!entry?.isIntersecting) return;
    watch.disconnect();
    load();
  });
  watch.observe(button);
  return button;
}

function download(file: Shown, size: string, t: RareTexts): HTMLElement {
  const note = el('span', { class: 'size' }, size);
  const save = async (): Promise<void> => {
    try {
      const link = el('a', { download: file.name, href: URL.createObjectURL(await file.blob()) });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
      note.textContent = size;
    } catch {
      note.textContent = t('loadFailed');
    }
  };
  return el(
    'button',
    { type: 'button', class: 'file', onclick: save },
    icon(fileSign),
    el('span', {}, el('span', { class: 'file-name', dir: 'auto' }, file.name), note),
  );
}
