// Who else has this conversation before them, and who of them writes just now.
import { Avatar } from '../../../ui/avatar';
import { t } from '../../i18n';
import { useDesk } from '../../stores/desk';
import { colleague } from '../../stores/words';

const shownMax = 3;

export function Lookers({ id }: { id: string }) {
  const { lookers, people } = useDesk();
  const users = lookers.all.value.get(id) ?? [];
  if (!users.length) return null;
  const names = users.map((user) => colleague(people, user)).join(', ');
  return (
    <span class="lookers" role="status" title={t('lookers.label', { names })}>
      <span class="visually-hidden">{t('lookers.label', { names })}</span>
      {users.slice(0, shownMax).map((user) => (
        <Avatar
          key={user}
          id={user}
          name={colleague(people, user)}
          src={people.find(user)?.avatar_url ?? null}
          size={24}
        />
      ))}
      {users.length > shownMax && <span class="mark">+{users.length - shownMax}</span>}
    </span>
  );
}

/** Above the composer: two answers at once confuse a customer. */
export function Collision({ id }: { id: string }) {
  const { typing, people, me } = useDesk();
  const writers = (typing.all.value.get(id) ?? []).filter(
    (typist) => typist.kind === 'agent' && typist.id !== me,
  );
  const names = writers.map((writer) => colleague(people, writer.id)).join(', ');
  return (
    <p class="collision" role="status" aria-live="polite">
      {names && t('lookers.writing', { names })}
    </p>
  );
}
