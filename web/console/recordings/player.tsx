// Plays a recording: everybody side by side, their sounds together.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Recording, RecordingDetails } from '../../protocol/recordings';
import { Notice, Skeleton } from '../../ui/bits';
import { Button, IconButton } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { Icon } from '../../ui/icon';
import { dateTime } from '../format';
import { t } from '../i18n';
import { api } from '../stores/session';
import { sentence } from '../stores/words';
import { Accesses } from './accesses';
import { Deck } from './deck';
import { clockOf, mediaUrl, type Part, partsOf } from './parts';

interface Props {
  readonly recording: Recording;
  readonly onClose: () => void;
}

export default function RecordingPlayer({ recording, onClose }: Props) {
  const [details, setDetails] = useState<RecordingDetails>();
  const [failed, setFailed] = useState<unknown>();
  useEffect(() => {
    api.get<RecordingDetails>(`/recordings/${recording.id}`).then(setDetails, setFailed);
  }, [recording.id]);
  return (
    <Dialog
      title={t('recording.of', { when: dateTime(recording.began_at) })}
      close={t('action.close')}
      onClose={onClose}
      wide
    >
      {failed !== undefined && <Notice tone="danger">{sentence(failed)}</Notice>}
      {!details && failed === undefined && <Skeleton rows={3} label={t('state.loading')} />}
      {details && <Stage details={details} />}
    </Dialog>
  );
}

/** Whether this browser plays what is recorded at all. */
const plays = (): boolean =>
  document.createElement('video').canPlayType('video/webm; codecs="vp8, opus"') !== '';

const tickMs = 100;
const speeds = [0.5, 1, 1.5, 2] as const;
const stepMs = 5_000;

function Stage({ details }: { details: RecordingDetails }) {
  const parts = useMemo(() => partsOf(details), [details]);
  const deck = useMemo(() => new Deck(details.recorded_ms, () => performance.now()), [details]);
  const [, setTurn] = useState(0);
  const [broken, setBroken] = useState(false);
  const show = () => setTurn((turn) => turn + 1);
  useEffect(() => {
    const timer = setInterval(() => {
      deck.tick();
      show();
    }, tickMs);
    return () => {
      clearInterval(timer);
      deck.pause();
    };
  }, [deck]);
  const toggle = () => {
    if (deck.playing) deck.pause();
    else deck.play();
    show();
  };
  const seek = (ms: number) => {
    deck.seek(ms);
    show();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const inControl =
      event.target instanceof HTMLElement && event.target.closest('button, a, select, input');
    if (event.key === ' ' && !inControl) toggle();
    else if (event.key === 'k') toggle();
    else if (event.key === 'j' || (event.key === 'ArrowLeft' && !inControl))
      seek(deck.positionMs - stepMs);
    else if (event.key === 'l' || (event.key === 'ArrowRight' && !inControl))
      seek(deck.positionMs + stepMs);
    else return;
    event.preventDefault();
  };
  if (!plays()) {
    return (
      <>
        <Notice tone="warn">{t('recording.cannotPlay')}</Notice>
        <Take details={details} />
      </>
    );
  }
  return (
    <section class="player" aria-label={t('recording.title')} onKeyDown={onKeyDown}>
      {broken && <Notice tone="danger">{t('recording.broken')}</Notice>}
      {parts.length === 0 && <Notice tone="info">{t('recording.nothingYet')}</Notice>}
      <div class={`player-stage player-stage-${Math.min(parts.length, 4)}`}>
        {parts.map((part) => (
          <Screen
            key={part.key}
            part={part}
            deck={deck}
            url={mediaUrl(details, part)}
            onBroken={() => setBroken(true)}
          />
        ))}
      </div>
      <div class="player-bar">
        <IconButton
          icon={deck.playing ? 'pause' : 'play'}
          label={t(deck.playing ? 'recording.pause' : 'recording.play')}
          shortcut="K"
          onClick={toggle}
        />
        <span class="player-time">{clockOf(deck.positionMs)}</span>
        <Line details={details} deck={deck} onSeek={seek} />
        <span class="player-time">{clockOf(details.recorded_ms)}</span>
        <select
          aria-label={t('recording.speed')}
          value={String(deck.rate)}
          onChange={(event) => {
            deck.rate = Number(event.currentTarget.value);
          }}
        >
          {speeds.map((speed) => (
            <option key={speed} value={String(speed)}>
              {t('recording.times', { speed: String(speed) })}
            </option>
          ))}
        </select>
      </div>
      <p class="player-state" role="status">
        {deck.waiting ? t('recording.waits') : ''}
      </p>
      <Pauses details={details} onSeek={seek} />
      <Take details={details} />
    </section>
  );
}

interface ScreenProps {
  readonly part: Part;
  readonly deck: Deck;
  readonly url: string;
  readonly onBroken: () => void;
}

function Screen({ part, deck, url, onBroken }: ScreenProps) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (!video.current) return;
    deck.add(part.key, video.current, part.fromMs, part.untilMs);
    return () => deck.remove(part.key);
  }, [deck, part]);
  const isHere = part.fromMs <= deck.positionMs && deck.positionMs < part.untilMs;
  // Visitors have no name until somebody gives them one.
  const name = part.name || t('activity.customer');
  const who = part.source === 'screen' ? t('recording.screenOf', { name }) : name;
  return (
    <figure class={`player-screen ${isHere ? '' : 'player-screen-away'}`}>
      {/* biome-ignore lint/a11y/useMediaCaption: nobody wrote down what was said */}
      <video
        ref={video}
        src={url}
        preload="auto"
        playsInline
        disablePictureInPicture
        aria-label={who}
        onError={onBroken}
      />
      {!part.hasPicture && (
        <span class="player-voice">
          <Icon name="user" size={32} />
        </span>
      )}
      <figcaption>{who}</figcaption>
    </figure>
  );
}

interface LineProps {
  readonly details: RecordingDetails;
  readonly deck: Deck;
  readonly onSeek: (ms: number) => void;
}

function Line({ details, deck, onSeek }: LineProps) {
  const last = Math.max(1, details.recorded_ms);
  return (
    <span class="player-line">
      <input
        type="range"
        min={0}
        max={last}
        step={100}
        value={deck.positionMs}
        aria-label={t('recording.place')}
        aria-valuetext={clockOf(deck.positionMs)}
        onInput={(event) => onSeek(Number(event.currentTarget.value))}
      />
      <svg
        class="player-marks"
        viewBox={`0 0 ${last} 1`}
        preserveAspectRatio="none"
        aria-hidden="true"
      >
        {details.pauses.map((pause) => (
          <rect key={pause.paused_at} x={pause.at_ms} y={0} width={last / 200} height={1} />
        ))}
      </svg>
    </span>
  );
}

function Pauses({ details, onSeek }: { details: RecordingDetails; onSeek: (ms: number) => void }) {
  if (details.pauses.length === 0) return null;
  return (
    <ul class="player-pauses">
      {details.pauses.map((pause) => (
        <li key={pause.paused_at}>
          <Button small kind="quiet" onClick={() => onSeek(pause.at_ms)}>
            {clockOf(pause.at_ms)}
          </Button>
          <span>
            {pause.resumed_at === null
              ? t('recording.pausedToEnd', { reason: pause.reason })
              : t('recording.paused', {
                  time: clockOf(pause.resumed_at - pause.paused_at),
                  reason: pause.reason,
                })}
          </span>
        </li>
      ))}
    </ul>
  );
}

/** Out of the house, with what proves it. */
function Take({ details }: { details: RecordingDetails }) {
  if (!details.exportable) return null;
  if (details.ended_at === null) return <p class="player-hint">{t('recording.exportLater')}</p>;
  const base = `/api/v1/recordings/${details.id}`;
  return (
    <div class="player-take">
      <a class="button button-secondary button-small" href={`${base}/export`} download>
        <Icon name="download" size={14} />
        <span class="button-label">{t('recording.export')}</span>
      </a>
      <a class="button button-secondary button-small" href={`${base}/proof`} download>
        <Icon name="lock" size={14} />
        <span class="button-label">{t('recording.proof')}</span>
      </a>
      <p class="player-hint">{t('recording.proofHint')}</p>
      <Accesses recording={details.id} />
    </div>
  );
}
