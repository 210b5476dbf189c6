// How the chat will look, drawn here: the real one is saved first and tried on the demo page.
import './preview.css';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { isLight } from '../../../../core/colour';
import { Icon } from '../../../../ui/icon';
import tokens from '../../../../ui/tokens.css?inline';
import { t } from '../../../i18n';
import { useMe } from '../../../stores/me';
import type { ChannelDraft } from './edit';

// The tokens a second time, below an element instead of the whole page: a preview has a theme of
// its own. As a constructed sheet, because the chat's first load has no room for it in the file.
if ('adoptedStyleSheets' in document) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(tokens.replaceAll(':root', '.theme-scope'));
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}

export function Preview({ draft }: { draft: ChannelDraft }) {
  const { organisation } = useMe();
  const ref = useRef<HTMLDivElement>(null);
  const valid = /^#[0-9a-f]{6}$/i.test(draft.colour);
  useLayoutEffect(() => {
    if (valid) ref.current?.style.setProperty('--preview', draft.colour);
  }, [draft.colour]);
  // The dark theme's ink on its accent is dark, the light theme's is white.
  const ink = valid && isLight(draft.colour) ? 'dark' : 'light';
  return (
    <aside class="preview" aria-label={t('channel.preview')}>
      <h2 class="preview-title">{t('channel.preview')}</h2>
      <div
        ref={ref}
        class={`theme-scope preview-stage preview-${draft.position}`}
        data-theme={draft.theme}
      >
        <div class="preview-chat">
          <div class="theme-scope preview-head" data-theme={ink}>
            <strong>{draft.title || organisation.name}</strong>
          </div>
          <div class="preview-body">
            <p class="preview-theirs">{draft.greeting || t('channel.previewGreeting')}</p>
            <p class="theme-scope preview-mine" data-theme={ink}>
              {t('channel.previewMine')}
            </p>
          </div>
          <div class="preview-input">{t('channel.previewInput')}</div>
        </div>
        <div class="theme-scope preview-launcher" data-theme={ink}>
          <Icon name="channel" size={18} />
          {draft.launcher_label}
        </div>
      </div>
    </aside>
  );
}
