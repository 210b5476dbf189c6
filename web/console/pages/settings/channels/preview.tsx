// How the chat will look, drawn here: the real one is saved first and tried on the demo page.
import './preview.css';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { isLight } from '../../../../core/colour';
import { Icon } from '../../../../ui/icon';
import { t } from '../../../i18n';
import { useMe } from '../../../stores/me';
import type { ChannelDraft } from './edit';

export function Preview({ draft }: { draft: ChannelDraft }) {
  const { organisation } = useMe();
  const ref = useRef<HTMLDivElement>(null);
  const valid = /^#[0-9a-f]{6}$/i.test(draft.colour);
  useLayoutEffect(() => {
    if (valid) ref.current?.style.setProperty('--preview', draft.colour);
  }, [draft.colour]);
  const ink = valid && isLight(draft.colour) ? 'dark' : 'light';
  return (
    <aside class="preview" aria-label={t('channel.preview')}>
      <h2 class="preview-title">{t('channel.preview')}</h2>
      <div
        ref={ref}
        class={`theme-scope preview-stage preview-${draft.position} preview-ink-${ink}`}
        data-theme={draft.theme}
      >
        <div class="preview-chat">
          <div class="preview-head">
            <strong>{draft.title || organisation.name}</strong>
          </div>
          <div class="preview-body">
            <p class="preview-theirs">{draft.greeting || t('channel.previewGreeting')}</p>
            <p class="preview-mine">{t('channel.previewMine')}</p>
          </div>
          <div class="preview-input">{t('channel.previewInput')}</div>
        </div>
        <div class="preview-launcher">
          <Icon name="channel" size={18} />
          {draft.launcher_label}
        </div>
      </div>
    </aside>
  );
}
