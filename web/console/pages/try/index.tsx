import './try.css';
import { useEffect } from 'preact/hooks';
import { Empty } from '../../../ui/bits';
import { Icon } from '../../../ui/icon';
import { t } from '../../i18n';
import { address } from '../../router';

/** A made-up shop with the real widget, loaded by the very tag a site's owner pastes. */
export default function Try() {
  const key = address.value.query.get('channel') ?? '';
  useEffect(() => {
    document.title = t('try.shop');
    if (!key) return;
    const template = document.querySelector<HTMLTemplateElement>('#widget-tag');
    const script = template?.content.querySelector('script')?.cloneNode() as HTMLScriptElement;
    script.dataset.channel = key;
    document.body.append(script);
    return () => script.remove();
  }, [key]);

  if (!key) {
    return (
      <main class="shell-centre">
        <h1 class="visually-hidden">{t('try.shop')}</h1>
        <Empty icon="channel" title={t('try.noChannel')}>
          <a href="/settings/channels">{t('settings.channels')}</a>
        </Empty>
      </main>
    );
  }
  const goods = [t('try.cup'), t('try.pot'), t('try.tray'), t('try.tea')];
  return (
    <div class="shop">
      <aside class="shop-note">
        <Icon name="info" size={14} />
        {t('try.note')} {/* Loaded anew: the widget belongs to this page and would stay. */}
        <a href="/" target="_self">
          {t('action.toInbox')}
        </a>
      </aside>
      <header class="shop-head">
        <strong>{t('try.shop')}</strong>
        <nav aria-label={t('try.shop')}>
          <span>{t('try.new')}</span>
          <span>{t('try.sets')}</span>
          <span>{t('try.about')}</span>
        </nav>
      </header>
      <main>
        <section class="shop-hero">
          <h1>{t('try.hero')}</h1>
          <p>{t('try.heroText')}</p>
        </section>
        <ul class="shop-goods">
          {goods.map((name, index) => (
            <li key={name} class={`shop-good shop-good-${index}`}>
              <span class="shop-picture" aria-hidden="true">
                {['🍵', '🫖', '🎍', '🍃'][index]}
              </span>
              <span>{name}</span>
              <span class="shop-price">{t('try.price', { amount: 68 + index * 40 })}</span>
            </li>
          ))}
        </ul>
      </main>
    </div>
  );
}
