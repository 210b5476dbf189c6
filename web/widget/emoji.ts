// A small choice; the system's own picker has the rest.
import { el, set } from './dom';
import './extra';

const choice = Array.from(
  '😀😄😂🙂😉😊😍😘🤔😅😎🥳😢😭😡😱🙏👍👎👌👏🙌🤝💪👋🔥🎉🌹🎁💯✨💐🍵✅❌❓',
);
const perRow = 9;

/** `done` gets the chosen one, or nothing on Esc. */
function emojiGrid(label: string, done: (emoji?: string) => void): HTMLElement {
  const buttons = choice.map((emoji, i) =>
    el('button', { type: 'button', tabIndex: i ? -1 : 0, onclick: () => done(emoji) }, emoji),
  );
  const grid = el('div', { class: 'emojis', role: 'group', 'aria-label': label }, ...buttons);
  grid.onkeydown = (event) => {
    const steps: Record<string, number> = {
      ArrowRight: 1,
      ArrowLeft: -1,
      ArrowDown: perRow,
      ArrowUp: -perRow,
    };
    const step = steps[event.key];
    if (event.key === 'Escape') {
      event.stopPropagation();
      done();
    } else if (step) {
      event.preventDefault();
      buttons[buttons.indexOf(event.target as HTMLButtonElement) + step]?.focus();
    }
  };
  return grid;
}

let open: HTMLElement | undefined;

/** Shows the choice above the text, or takes it away again. */
export function toggleEmoji(
  button: HTMLElement,
  form: HTMLElement,
  input: HTMLTextAreaElement,
): void {
  set(button, { 'aria-expanded': String(!open) });
  if (open) {
    open.remove();
    open = undefined;
    return;
  }
  open = emojiGrid(button.title, (emoji) => {
    toggleEmoji(button, form, input);
    input.focus();
    if (!emoji) return;
    input.setRangeText(emoji, input.selectionStart, input.selectionEnd, 'end');
    input.dispatchEvent(new Event('input'));
  });
  form.prepend(open);
  open.querySelector('button')?.focus();
}
