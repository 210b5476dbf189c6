import type { ComponentChildren } from 'preact';
import type { KeyExchange, ServerStatus, StatusPoint } from '../../../../protocol/status';
import { Tag } from '../../../../ui/bits';
import { ago, count, dateTime, fileSize, measure, shortNumber } from '../../../format';
import { t } from '../../../i18n';
import { Card } from '../layout';
import { Chart } from './chart';

interface PictureProps {
  readonly status: ServerStatus;
  readonly points: readonly StatusPoint[];
}

const ms = (value: number | null): string => (value === null ? '–' : measure(value, 'millisecond'));

/** The numbers of this moment, with the last hour under those that have one. */
export function Picture({ status, points }: PictureProps) {
  const open = (wanted: 'agent' | 'visitor') =>
    status.sockets.filter(({ side }) => side === wanted).reduce((sum, { open: n }) => sum + n, 0);
  const agents = open('agent');
  const visitors = open('visitor');
  const line = (of: (point: StatusPoint) => number) => points.map(of);
  return (
    <div class="status">
      <div class="tiles">
        <Tile
          title={t('status.sockets')}
          value={count(agents + visitors)}
          more={t('status.sides', { agents, visitors })}
          values={line((point) => point.sockets)}
          say={count}
        />
        <Tile
          title={t('status.messages')}
          value={shortNumber(status.messages_per_s)}
          more={t('status.requests', { rate: shortNumber(status.requests_per_s) })}
          values={line((point) => point.messages_per_s)}
          say={shortNumber}
        />
        <Tile
          title={t('status.answer')}
          value={ms(status.answer_p99_ms)}
          more={t('status.half', { time: ms(status.answer_p50_ms) })}
          values={line((point) => point.answer_p99_ms)}
          say={ms}
        />
        <Tile
          title={t('status.queue')}
          value={count(status.writer_waiting)}
          more={t('status.refused', { rate: shortNumber(status.refused_per_minute) })}
          values={line((point) => point.writer_waiting)}
          say={count}
        />
        <Tile
          title={t('status.errors')}
          value={shortNumber(status.errors_per_minute)}
          more={t('status.errorsMore')}
          values={line((point) => point.errors_per_minute)}
          say={shortNumber}
        />
        <Tile
          title={t('status.memory')}
          value={fileSize(status.memory_bytes)}
          more={t('status.of', { whole: fileSize(status.memory_max_bytes) })}
          values={line((point) => point.memory_bytes)}
          say={fileSize}
        />
        <Tile
          title={t('status.cpu')}
          value={measure(status.cpu_percent, 'percent')}
          more={t('status.descriptors', {
            now: count(status.descriptors),
            most: count(status.descriptors_max),
          })}
          values={line((point) => point.cpu_percent)}
          say={(value) => measure(value, 'percent')}
        />
        {status.disk && (
          <Tile
            title={t('status.disk')}
            value={fileSize(status.disk.free_bytes)}
            more={
              status.disk.full_in_days === null
                ? t('status.of', { whole: fileSize(status.disk.total_bytes) })
                : t('status.fullIn', { time: measure(status.disk.full_in_days, 'day') })
            }
            values={line((point) => point.disk_free_bytes)}
            say={fileSize}
          />
        )}
      </div>
      <Facts status={status} />
      <Problems status={status} />
    </div>
  );
}

interface TileProps {
  readonly title: string;
  readonly value: string;
  readonly more: string;
  readonly values: readonly number[];
  readonly say: (value: number) => string;
}

function Tile({ title, value, more, values, say }: TileProps) {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return (
    <section class="tile">
      <h2 class="tile-title">{title}</h2>
      <p class="tile-value">{value}</p>
      <p class="tile-more">{more}</p>
      <Chart
        values={values}
        label={t('status.hour', { title, least: say(least), most: say(most) })}
      />
    </section>
  );
}

function Facts({ status }: { status: ServerStatus }) {
  const { backup, certificate, keys } = status;
  const facts: (readonly [string, ComponentChildren])[] = [
    [t('status.backup'), <Backup key="backup" backup={backup} />],
    [
      t('status.search'),
      status.search_behind_events === 0
        ? t('status.searchNow')
        : t('status.searchBehind', {
            count: status.search_behind_events,
            time: measure(status.search_behind_s, 'second'),
          }),
    ],
    [
      t('status.space'),
      t('status.spaceMore', {
        store: fileSize(status.store_bytes),
        search: fileSize(status.search_bytes),
        files: fileSize(status.attachment_bytes),
      }),
    ],
    [
      t('status.certificate'),
      certificate
        ? `${t('status.expires', { when: dateTime(certificate.expires_at) })}${
            certificate.self_made ? ` · ${t('status.selfMade')}` : ''
          }`
        : t('status.noCertificate'),
    ],
    [t('status.keys'), <Keys key="keys" keys={keys} />],
    ...(keys.exchange
      ? [[t('status.exchange'), <Exchange key="exchange" far={keys.exchange} />] as const]
      : []),
    [t('status.version'), `${status.version} (${status.commit})`],
    [t('status.started'), `${dateTime(status.started_at)} (${ago(status.started_at)})`],
  ];
  return (
    <Card title={t('status.facts')}>
      <dl class="facts">
        {facts.map(([name, value]) => (
          <div key={name} class="fact">
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}

function Backup({ backup }: Pick<ServerStatus, 'backup'>) {
  if (!backup) return t('status.noBackup');
  return (
    <>
      {backup.good_at ? ago(backup.good_at) : t('status.noBackup')}{' '}
      {backup.failed && <Tag tone="danger">{t('alert.backupFailed')}</Tag>}
    </>
  );
}

function Keys({ keys }: Pick<ServerStatus, 'keys'>) {
  if (keys.recovery_key_in_data) return <Tag tone="warn">{t('status.recoveryHere')}</Tag>;
  return keys.master_key_in_data ? t('status.masterHere') : t('status.keysAway');
}

const STEPS = {
  store: 'status.exchangeStore',
  search: 'status.exchangeSearch',
  files: 'status.exchangeFiles',
  keyslots: 'status.exchangeKeyslots',
} as const;

/** How far the exchange of the root key is. */
function Exchange({ far }: { far: KeyExchange }) {
  const step = t(STEPS[far.step]);
  if (far.total === 0) return step;
  const part = Math.min(1, far.done / far.total);
  return (
    <span class="far">
      {step} <progress value={part} aria-label={t('status.exchange')} />{' '}
      {measure(Math.floor(part * 100), 'percent')}
    </span>
  );
}

function Problems({ status }: { status: ServerStatus }) {
  return (
    <Card title={t('status.problems')} lead={t('status.problemsLead')}>
      {status.problems.length === 0 ? (
        <p>{t('status.noProblems')}</p>
      ) : (
        <table class="problems">
          <thead>
            <tr>
              <th scope="col">{t('status.code')}</th>
              <th scope="col">{t('status.count')}</th>
            </tr>
          </thead>
          <tbody>
            {status.problems.map((problem) => (
              <tr key={problem.code}>
                <td>
                  <code>{problem.code}</code>
                </td>
                <td>{count(problem.count)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Card>
  );
}
