import { useEffect, useState } from 'preact/hooks';
import type { Message, MessageRecord } from '../../../protocol/types';
import { Notice, Skeleton } from '../../../ui/bits';
import { Dialog } from '../../../ui/dialog';
import { dateTime } from '../../format';
import { t } from '../../i18n';
import { useDesk } from '../../stores/desk';
import { sentence } from '../../stores/words';
import { Attachments } from './attachments';
import { Text } from './bubble';
import { type Viewed, Viewer } from './viewer';

/** What a message said before it was mended or taken back: on record for the team. */
export default function MessageHistory({
  message,
  onClose,
}: {
  message: Message;
  onClose: () => void;
}) {
  const { api } = useDesk();
  const [record, setRecord] = useState<MessageRecord>();
  const [failed, setFailed] = useState<unknown>();
  const [viewed, setViewed] = useState<Viewed>();
  useEffect(() => {
    api
      .get<MessageRecord>(
        `/conversations/${message.conversation}/messages/${message.seq}/revisions`,
      )
      .then(setRecord, setFailed);
  }, []);
  return (
    <Dialog title={t('history.title')} close={t('action.close')} onClose={onClose}>
      {failed !== undefined && <Notice tone="danger">{sentence(failed)}</Notice>}
      {!record && failed === undefined && <Skeleton rows={2} label={t('state.loading')} />}
      {record && (
        <>
          <ol class="sayings">
            {record.items.map((said) => (
              <li key={said.at}>
                <time dateTime={new Date(said.at).toISOString()}>{dateTime(said.at)}</time>
                <p dir="auto">
                  <Text text={said.text} />
                </p>
              </li>
            ))}
            {record.recalled_at !== null && (
              <li>
                <time dateTime={new Date(record.recalled_at).toISOString()}>
                  {dateTime(record.recalled_at)}
                </time>
                <p>
                  <em>{t('message.recalled')}</em>
                </p>
              </li>
            )}
          </ol>
          <Attachments items={record.attachments} onView={setViewed} />
          {viewed && <Viewer viewed={viewed} onClose={() => setViewed(undefined)} />}
        </>
      )}
    </Dialog>
  );
}
