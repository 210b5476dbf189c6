// Getting noticed: the title, the favicon's dot, a sound and the desktop. Never on its own wish:
// the desktop is asked only by a button.
import { effect, signal } from '@preact/signals';
import type { AgentEvent } from '../../protocol/frames';
import type { Message, Transfer } from '../../protocol/types';
import { toast } from '../../ui/toast';
import { t } from '../i18n';
import { address, navigate } from '../router';
import type { Desk } from './desk';
import { prefs, setPrefs } from './prefs';
import { colleague, nameOf } from './words';

/** Somebody looks at this page right now. */
export const attentive = signal(true);
export const permission = signal<NotificationPermission | 'unsupported'>(readPermission());

function readPermission(): NotificationPermission | 'unsupported' {
  return 'Notification' in window ? Notification.permission : 'unsupported';
}

export async function askForNotifications(): Promise<void> {
  if (!('Notification' in window)) return;
  permission.value = await Notification.requestPermission();
  setPrefs({ notifications: permission.value === 'granted' });
}

function look(): void {
  attentive.value = document.visibilityState === 'visible' && document.hasFocus();
}

/** Two short tones; made here, because a file would have to be loaded. */
export function chime(): void {
  const audio = new AudioContext();
  const volume = audio.createGain();
  volume.connect(audio.destination);
  volume.gain.setValueAtTime(0.08, audio.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.5);
  for (const [hertz, from] of [
    [660, 0],
    [880, 0.12],
  ] as const) {
    const tone = audio.createOscillator();
    tone.frequency.value = hertz;
    tone.connect(volume);
    tone.start(audio.currentTime + from);
    tone.stop(audio.currentTime + from + 0.25);
  }
  setTimeout(() => audio.close(), 1_000);
}

function drawFavicon(dot: boolean): string {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => {
    // Resolved by an element: the token itself may still be `light-dark(…)`.
    const probe = document.createElement('span');
    probe.style.color = `var(${name})`;
    document.body.append(probe);
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found || style.color;
  };
  const bubble = `<path fill="${colour('--accent')}" d="M8 2h16a6 6 0 0 1 6 6v10a6 6 0 0 1-6 6H13l-7 6v-6a6 6 0 0 1-4-6V8a6 6 0 0 1 6-6z"/>`;
  const mark = dot ? `<circle cx="25" cy="7" r="7" fill="${colour('--danger')}"/>` : '';
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">${bubble}${mark}</svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

function setFavicon(dot: boolean): void {
  let link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  if (!link) {
    link = document.createElement('link');
    link.rel = 'icon';
    document.head.append(link);
  }
  link.href = drawFavicon(dot);
}

/** What the page is called, without the count in front. */
export const pageTitle = signal('');

export function watchAttention(): void {
  for (const type of ['focus', 'blur']) window.addEventListener(type, look);
  document.addEventListener('visibilitychange', look);
  look();
}

/** Who calls right now. */
const calling = signal<string | undefined>(undefined);

export function announceCall(name: string | undefined): void {
  if (name === undefined || calling.peek() !== undefined) {
    calling.value = name;
    return;
  }
  calling.value = name;
  if (attentive.peek() || !prefs.peek().notifications || permission.peek() !== 'granted') return;
  const shown = new Notification(t('call.ringTitle', { name }), { tag: 'call' });
  shown.onclick = () => {
    window.focus();
    shown.close();
  };
}

export function showUnread(desk: Desk): () => void {
  return effect(() => {
    const unread = desk.counts.value.value?.unread ?? 0;
    const name = pageTitle.value ? `${pageTitle.value} · ${t('title')}` : t('title');
    const caller = calling.value;
    const [offer] = desk.transfers.incoming.value;
    if (caller !== undefined) document.title = t('call.ringTitle', { name: caller });
    else if (offer) {
      document.title = t('transfer.incoming', { name: colleague(desk.people, offer.from) });
    } else document.title = unread ? `(${unread > 99 ? '99+' : unread}) ${name}` : name;
    setFavicon(unread > 0 || caller !== undefined || offer !== undefined);
  });
}

/** A colleague called me in a note: said on the page, or on the desktop when nobody looks. */
function announceMention(desk: Desk, message: Message): void {
  const title = t('mention.notify', { name: colleague(desk.people, message.author.id) });
  const place = `/inbox/all/${message.conversation}`;
  if (!attentive.peek()) {
    notify(title, message, place);
    return;
  }
  if (address.peek().path.endsWith(message.conversation)) return;
  toast(title, { action: { label: t('mention.open'), run: () => navigate(place) } });
}

function notify(title: string, message: Message, place: string): void {
  bubble(title, message.text || t('message.attachment'), message.conversation, place);
}

function bubble(title: string, body: string, tag: string, place: string): void {
  if (prefs.peek().sound) chime();
  if (!prefs.peek().notifications || permission.peek() !== 'granted') return;
  const shown = new Notification(title, {
    body,
    // One bubble per conversation, the newest; and one for several tabs of ours.
    tag,
  });
  shown.onclick = () => {
    window.focus();
    navigate(place);
    shown.close();
  };
}

/** I am asked to take a conversation on, or learn what became of one I offered. */
function announceTransfer(desk: Desk, transfer: Transfer): void {
  const { conversation, state, from, to, note, word } = transfer;
  const place = `/inbox/all/${conversation}`;
  if (to === desk.me && state === 'pending') {
    const title = t('transfer.incoming', { name: colleague(desk.people, from) });
    // On the page it stands above everything.
    if (!attentive.peek()) bubble(title, note, conversation, place);
    else if (prefs.peek().sound) chime();
    return;
  }
  if (from !== desk.me) return;
  const name = colleague(desk.people, to);
  const title =
    state === 'accepted'
      ? t('transfer.accepted', { name })
      : state === 'declined'
        ? word
          ? t('transfer.declinedWith', { name, word })
          : t('transfer.declined', { name })
        : state === 'expired' || state === 'gone'
          ? t('transfer.expired', { name })
          : undefined;
  if (title === undefined) return;
  if (!attentive.peek()) bubble(title, '', conversation, place);
  toast(title, { action: { label: t('mention.open'), run: () => navigate(place) } });
}

/** A customer wrote to me or to nobody, and nobody looks; or a colleague called me: say so. */
export function announce(desk: Desk, event: AgentEvent): void {
  // What is caught up after a break is in the list, and not news one by one.
  if (desk.line.peek() !== 'live') return;
  if (event.type === 'transfer.updated') announceTransfer(desk, event.transfer);
  if (event.type !== 'message.created') return;
  const { message } = event;
  if (message.mentions.includes(desk.me)) announceMention(desk, message);
  if (attentive.peek()) return;
  if (message.author.kind !== 'customer' || message.kind !== 'text') return;
  const held = desk.conversations.all.peek().get(message.conversation);
  if (held?.assignee && held.assignee !== desk.me) return;
  const title = held ? nameOf(held.customer) : t('notify.newMessage');
  notify(title, message, `/inbox/all/${message.conversation}`);
}
