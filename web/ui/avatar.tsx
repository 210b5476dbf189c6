import './avatar.css';

const tones = ['accent', 'ok', 'warn', 'danger', 'info', 'note'] as const;

/** One or two letters: 林小雨 → 小雨 is what people are called; Ada Lovelace → AL. */
export function initials(name: string): string {
  // Of an address only what stands before the @ is somebody's.
  const trimmed = name.trim().replace(/@.*$/, '');
  if (!trimmed) return '?';
  const letters = [...trimmed];
  if (/\p{Script=Han}/u.test(letters[0] ?? '')) return letters.slice(-2).join('');
  const words = trimmed.split(/[\s._-]+/u).filter(Boolean);
  const first = [...(words[0] ?? '')][0] ?? '';
  const last = words.length > 1 ? ([...(words.at(-1) ?? '')][0] ?? '') : '';
  return (first + last).toUpperCase();
}

/** The same person has the same colour everywhere. */
export function tone(id: string): (typeof tones)[number] {
  let hash = 0;
  for (const letter of id) hash = (hash * 31 + (letter.codePointAt(0) ?? 0)) | 0;
  return tones[Math.abs(hash) % tones.length] ?? 'accent';
}

interface AvatarProps {
  readonly id: string;
  readonly name: string;
  readonly src?: string | null;
  readonly size?: 20 | 24 | 32 | 40 | 64;
  readonly presence?: 'online' | 'away' | 'offline' | undefined;
}

/** Decoration: the name stands next to it or in its owner's label. */
export function Avatar({ id, name, src, size = 32, presence }: AvatarProps) {
  return (
    <span class={`avatar avatar-${size} avatar-${tone(id)}`} aria-hidden="true">
      {src ? (
        <img src={src} alt="" loading="lazy" />
      ) : (
        <span class="avatar-letters">{initials(name)}</span>
      )}
      {presence && <span class={`avatar-dot avatar-dot-${presence}`} />}
    </span>
  );
}
