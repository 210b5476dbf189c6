import { useLayoutEffect, useRef } from 'preact/hooks';
import { t } from '../../i18n';

// The ones people at a desk use; everybody's keyboard has the rest.
const groups = [
  '😀 😃 😄 😁 😆 😅 😂 🤣 🙂 🙃 😉 😊 😇 🥰 😍 😘 😋 😜 🤗 🤔 🤨 😐 😏 😒 🙄 😬 😌 😔 😴 😷 🤒 🥳 😎 🤓 😕 😟 😮 😯 😲 😳 🥺 😨 😢 😭 😱 😤 😡 🤯',
  '👍 👎 👌 ✌️ 🤞 🤝 🙏 👏 🙌 💪 👋 🫶 ☝️ 👉 👇 ✋ 🫡 🤷 🙇 💁',
  '❤️ 🧡 💛 💚 💙 💜 💔 ✨ ⭐ 🔥 🎉 🎁 💯 ✅ ❌ ❗ ❓ ⚠️ 💡 🔔 ⏰ ⌛ 📞 📧 📦 🚚 💳 💰 🧾 📎 📷 🔒 🔑 🛠️ 🌹 ☕ 🍀 🌙 ☀️ 🌧️',
].map((group) => group.split(' '));

const columns = 8;

export default function EmojiGrid({ onPick }: { onPick: (emoji: string) => void }) {
  const ref = useRef<HTMLFieldSetElement>(null);
  const buttons = (): HTMLButtonElement[] =>
    Array.from(ref.current?.querySelectorAll('button') ?? []);
  useLayoutEffect(() => buttons()[0]?.focus(), []);
  const onKeyDown = (event: KeyboardEvent) => {
    const all = buttons();
    const at = all.indexOf(document.activeElement as HTMLButtonElement);
    const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key];
    if (!by) return;
    event.preventDefault();
    all[Math.max(0, Math.min(all.length - 1, at + by))]?.focus();
  };
  return (
    <fieldset ref={ref} class="emoji" aria-label={t('composer.emoji')} onKeyDown={onKeyDown}>
      {groups.map((group) => (
        <div key={group[0]} class="emoji-group">
          {group.map((emoji) => (
            <button key={emoji} type="button" class="emoji-one" onClick={() => onPick(emoji)}>
              {emoji}
            </button>
          ))}
        </div>
      ))}
    </fieldset>
  );
}
