import './status.css';
import { useEffect, useState } from 'preact/hooks';
import type { ServerStatus, StatusPoint } from '../../../../protocol/status';
import { Notice, Skeleton } from '../../../../ui/bits';
import { Tabs } from '../../../../ui/tabs';
import { t } from '../../../i18n';
import { loadRaised } from '../../../stores/alerts';
import { api } from '../../../stores/session';
import { sentence } from '../../../stores/words';
import { SettingsLayout } from '../layout';
import { PastAlerts, RaisedAlerts } from './alerts';
import { Picture } from './picture';
import { Rules } from './rules';
import { Webhooks } from './webhooks';

const everyMs = 2_000;
/** The server has a new point this often. */
const pointsEvery = 5;

type Part = 'now' | 'alerts' | 'rules' | 'webhooks';

export default function StatusPage() {
  const [part, setPart] = useState<Part>('now');
  return (
    <SettingsLayout title={t('settings.status')} lead={t('status.lead')} wide>
      <RaisedAlerts />
      <Tabs
        label={t('settings.status')}
        panel="status-part"
        value={part}
        onValue={setPart}
        tabs={[
          { id: 'now', label: t('status.now') },
          { id: 'alerts', label: t('alert.history') },
          { id: 'rules', label: t('alert.rules') },
          { id: 'webhooks', label: t('alert.webhooks') },
        ]}
      />
      <div id="status-part" role="tabpanel" aria-label={t('settings.status')}>
        {part === 'now' && <Now />}
        {part === 'alerts' && <PastAlerts />}
        {part === 'rules' && <Rules />}
        {part === 'webhooks' && <Webhooks />}
      </div>
    </SettingsLayout>
  );
}

function Now() {
  const [status, setStatus] = useState<ServerStatus>();
  const [points, setPoints] = useState<readonly StatusPoint[]>([]);
  const [failed, setFailed] = useState<unknown>();
  useEffect(() => {
    let turn = 0;
    const look = async () => {
      if (document.visibilityState !== 'visible') return;
      try {
        setStatus(await api.get<ServerStatus>('/status'));
        if (turn % pointsEvery === 0) {
          setPoints((await api.get<{ points: StatusPoint[] }>('/status/history')).points);
          await loadRaised();
        }
        turn += 1;
        setFailed(undefined);
      } catch (error) {
        setFailed(error);
      }
    };
    look();
    const timer = setInterval(look, everyMs);
    return () => clearInterval(timer);
  }, []);
  return (
    <>
      {failed !== undefined && <Notice tone="danger">{sentence(failed)}</Notice>}
      {status ? (
        <Picture status={status} points={points} />
      ) : (
        failed === undefined && <Skeleton rows={4} label={t('state.loading')} />
      )}
    </>
  );
}
