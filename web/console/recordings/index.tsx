// The recordings of one call, for its entry in the history. The player comes when somebody wants to see one.
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Recording } from '../../protocol/recordings';
import { Notice, Spinner, Tag } from '../../ui/bits';
import { Button } from '../../ui/button';
import { dateTime, fileSize } from '../format';
import { t } from '../i18n';
import { api } from '../stores/session';
import { sentence } from '../stores/words';
import { clockOf } from './parts';
import './recordings.css';

interface PlayerProps {
  readonly recording: Recording;
  readonly onClose: () => void;
}

export function CallRecordings({ call }: { call: string }) {
  const [items, setItems] = useState<readonly Recording[]>();
  const [failed, setFailed] = useState<unknown>();
  const [open, setOpen] = useState<Recording>();
  useEffect(() => {
    setFailed(undefined);
    api
      .get<{ items: Recording[] }>(`/calls/${call}/recordings`)
      .then((answer) => setItems(answer.items), setFailed);
  }, [call]);
  if (failed !== undefined) return <Notice tone="danger">{sentence(failed)}</Notice>;
  if (!items) return <Spinner label={t('state.loading')} />;
  if (items.length === 0) return null;
  return (
    <div class="recordings">
      <h4>{t('recording.title')}</h4>
      <ul>
        {items.map((recording) => (
          <li key={recording.id}>
            <Line recording={recording} onOpen={() => setOpen(recording)} />
          </li>
        ))}
      </ul>
      {open && <Player recording={open} onClose={() => setOpen(undefined)} />}
    </div>
  );
}

function Line({ recording, onOpen }: { recording: Recording; onOpen: () => void }) {
  const { ended_at, end_reason, duration_ms, bytes, playable } = recording;
  return (
    <>
      <Button small icon="play" disabled={!playable} onClick={onOpen}>
        {t('recording.play')}
      </Button>
      <span class="recordings-facts">
        {dateTime(recording.began_at)}
        {ended_at !== null && ` · ${clockOf(duration_ms)} · ${fileSize(bytes)}`}
      </span>
      {ended_at === null && <Tag tone="danger">{t('recording.running')}</Tag>}
      {end_reason && end_reason !== 'stopped' && (
        <Tag tone="warn">{t(`recording.end.${end_reason}`)}</Tag>
      )}
    </>
  );
}

function Player(props: PlayerProps) {
  const [Loaded, setLoaded] = useState<ComponentType<PlayerProps>>();
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    import('./player').then(
      (module) => setLoaded(() => module.default),
      () => setFailed(true),
    );
  }, []);
  if (failed) return <Notice tone="danger">{t('error.network')}</Notice>;
  return Loaded ? <Loaded {...props} /> : <Spinner label={t('state.loading')} />;
}
