import './panel.css';
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Conversation, Customer, PrechatFilled } from '../../../protocol/types';
import { Avatar } from '../../../ui/avatar';
import { Skeleton, Tag } from '../../../ui/bits';
import { IconButton } from '../../../ui/button';
import { Icon, type IconName } from '../../../ui/icon';
import { ago, dateTime, shortTime } from '../../format';
import { t } from '../../i18n';
import { ConversationRatings } from '../../ratings/panel';
import { useDesk } from '../../stores/desk';
import { nameOf, preview } from '../../stores/words';
import { Editable } from './editable';
import { HoldState } from './hold';

interface PanelProps {
  readonly held: Conversation;
  /** Next to the conversation, where there is room. */
  readonly docked: boolean;
  /** Over it, where there is none. */
  readonly drawer: boolean;
  readonly onClose: () => void;
}

export function CustomerPanel({ held, docked, drawer, onClose }: PanelProps) {
  const { customers, snapshot, ready } = useDesk();
  const id = held.customer.id;
  const customer = customers.all.value.get(id);
  useEffect(() => {
    if (ready.value) customers.load(id).catch(() => undefined);
  }, [id, ready.value, snapshot.value]);
  return (
    <>
      {drawer && (
        <button
          type="button"
          class="panel-shade"
          aria-label={t('action.close')}
          onClick={onClose}
        />
      )}
      <aside
        class={`panel ${docked ? 'panel-docked' : ''} ${drawer ? 'panel-drawer' : ''}`}
        aria-label={t('panel.label')}
      >
        <div class="panel-close">
          <IconButton icon="close" label={t('action.close')} onClick={onClose} />
        </div>
        {customer ? (
          <Details customer={customer} held={held} />
        ) : (
          <Skeleton rows={4} label={t('state.loading')} />
        )}
      </aside>
    </>
  );
}

function Details({ customer, held }: { customer: Customer; held: Conversation }) {
  const { customers } = useDesk();
  const name = nameOf(customer);
  return (
    <>
      <header class="panel-head">
        <Avatar
          id={customer.id}
          name={name}
          size={40}
          presence={customer.online ? 'online' : 'offline'}
        />
        <div class="panel-title">
          <h2>{name}</h2>
          <Tag tone="warn">{t('panel.unverified')}</Tag>
        </div>
      </header>
      <Section title={t('panel.identity')}>
        <Editable
          label={t('field.name')}
          icon="user"
          value={customer.name}
          onSave={(name) => customers.save(customer.id, { name })}
        />
        <Editable
          label={t('field.email')}
          icon="at"
          value={customer.email}
          onSave={(email) => customers.save(customer.id, { email })}
        />
        <Editable
          label={t('field.phone')}
          icon="phone"
          value={customer.phone}
          onSave={(phone) => customers.save(customer.id, { phone })}
        />
        <Editable
          label={t('panel.note')}
          icon="note"
          multiline
          value={customer.note}
          onSave={(note) => customers.save(customer.id, { note })}
        />
      </Section>
      <Prechat held={held} />
      <Now customer={customer} />
      <Attributes attributes={customer.attributes} />
      <Earlier held={held} />
      <Section title={t('rating.title')}>
        <ConversationRatings held={held} />
      </Section>
      <Section title={t('hold.title')}>
        <HoldState held={held} />
      </Section>
    </>
  );
}

function Section({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section class="panel-section">
      <h3>{title}</h3>
      {children}
    </section>
  );
}

function Fact({
  icon,
  label,
  children,
}: {
  icon: IconName;
  label: string;
  children: ComponentChildren;
}) {
  return (
    <div class="fact">
      <dt title={label}>
        <Icon name={icon} size={14} />
        <span class="visually-hidden">{label}</span>
      </dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Only web addresses become links: a page's address is whatever a visitor's browser sent. */
function PageLink({ url, text }: { url: string; text: string }) {
  if (!/^https?:\/\//i.test(url)) return <span>{text}</span>;
  return (
    <a href={url} target="_blank" rel="noopener noreferrer nofollow">
      {text}
    </a>
  );
}

function Now({ customer }: { customer: Customer }) {
  const { page, device } = customer;
  return (
    <Section title={t('panel.visit')}>
      <dl class="facts">
        <Fact icon="clock" label={t('panel.lastSeen')}>
          {customer.online
            ? t('panel.onlineNow')
            : t('panel.seen', { when: ago(customer.last_seen_at) })}
        </Fact>
        {page && (
          <Fact icon="globe" label={t('panel.page')}>
            <PageLink url={page.url} text={page.title || page.url} />
            {page.title && <span class="fact-more">{page.url}</span>}
          </Fact>
        )}
        {page?.referrer && (
          <Fact icon="external" label={t('panel.referrer')}>
            <span class="fact-more">{t('panel.from')}</span>
            <PageLink url={page.referrer} text={page.referrer} />
          </Fact>
        )}
        {device && (
          <Fact icon="device" label={t('panel.device')}>
            {[device.browser, device.os, device.language].filter(Boolean).join(' · ')}
          </Fact>
        )}
        <Fact icon="user" label={t('panel.firstSeen')}>
          {t('panel.since', { when: dateTime(customer.created_at) })}
        </Fact>
      </dl>
    </Section>
  );
}

/** What they answered before the conversation. */
function Prechat({ held }: { held: Conversation }) {
  const { api, ready } = useDesk();
  const [filled, setFilled] = useState<PrechatFilled | null>(null);
  useEffect(() => {
    setFilled(null);
    if (!ready.value) return;
    const path = `/conversations/${held.id}/prechat`;
    let current = true;
    api.get<{ filled: PrechatFilled | null }>(path).then(
      (state) => current && setFilled(state.filled),
      () => undefined,
    );
    return () => {
      current = false;
    };
  }, [held.id, ready.value]);
  if (!filled) return null;
  return (
    <Section title={t('prechat.panel')}>
      <dl class="attributes">
        {filled.answers.map(({ label, text }) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{text}</dd>
          </div>
        ))}
        {filled.consent && (
          <div>
            <dt>{t('prechat.agreed', { when: dateTime(filled.at) })}</dt>
            <dd>{filled.consent}</dd>
          </div>
        )}
      </dl>
    </Section>
  );
}

function Attributes({ attributes }: { attributes: Record<string, string> }) {
  const all = Object.entries(attributes);
  if (!all.length) return null;
  return (
    <Section title={t('panel.attributes')}>
      <dl class="attributes">
        {all.map(([key, value]) => (
          <div key={key}>
            <dt>{key}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}

function Earlier({ held }: { held: Conversation }) {
  const { customers, snapshot } = useDesk();
  const [items, setItems] = useState<readonly Conversation[]>([]);
  useEffect(() => {
    customers.conversations(held.customer.id).then(setItems, () => undefined);
  }, [held.customer.id, held.status, snapshot.value]);
  const others = items.filter((item) => item.id !== held.id);
  return (
    <Section title={t('panel.earlier')}>
      {others.length === 0 ? (
        <p class="panel-none">{t('panel.noneEarlier')}</p>
      ) : (
        <ul class="earlier">
          {others.map((item) => (
            <li key={item.id}>
              <a href={`/inbox/${item.status === 'resolved' ? 'resolved' : 'all'}/${item.id}`}>
                <span class="earlier-text">{preview(item.last_message) || t('panel.noText')}</span>
                <span class="earlier-time">
                  {item.status === 'resolved' ? t('status.resolved') : t('status.open')} ·{' '}
                  {shortTime(item.updated_at)}
                </span>
              </a>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
