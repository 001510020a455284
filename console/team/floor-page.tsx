/** The floor: who holds which conversations, live, and giving them to somebody else. */
import { type ReactNode, useCallback, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import type { Desk } from '../inbox/desk.ts';
import { type Card, channelOf, customerOf } from '../inbox/lists.ts';
import { problemText } from '../inbox/problem.ts';
import { useLoaded } from '../inbox/use-loaded.ts';
import { type Columns, DataTable } from './data-table.tsx';
import { type HolderId, type Load, loadsOf, unansweredSince } from './load.ts';
import type { AgentStatus } from './team-api.ts';
import { useTeam } from './team-context.ts';

interface FloorProps {
  readonly desk: Desk;
  readonly onOpen: (sessionId: string) => void;
}

export function FloorPage({ desk, onOpen }: FloorProps): ReactNode {
  const { api, words, strings, formats, now } = useTeam();
  const { floor } = words;
  const { lists, colleagues } = useSyncExternalStore(desk.subscribe, desk.snapshot);
  const [shown, setShown] = useState<HolderId>('waiting');
  const [problem, setProblem] = useState<string>();
  useEffect(() => desk.refreshColleagues(), [desk]);
  const { loaded, reload } = useLoaded(api.statuses);
  useEffect(() => {
    const timer = setInterval(() => void reload(), STATUS_MS);
    return () => clearInterval(timer);
  }, [reload]);
  const statuses = loaded.status === 'loaded' ? loaded.value : NO_STATUSES;
  const loads = useMemo(() => loadsOf(lists.open.sessions.values(), statuses), [lists.open, statuses]);
  const nameOf = useMemo(() => {
    const names = new Map([...statuses, ...colleagues].map(({ id, name }) => [`agent:${id}`, name]));
    return (id: HolderId): string =>
      id === 'waiting' ? floor.nobody : id === 'bot' ? floor.assistant : (names.get(id) ?? strings.someone);
  }, [colleagues, statuses, floor, strings]);
  // Nobody has those that wait.
  const sessionsOf = useCallback(
    (id: HolderId): string => (id === 'waiting' ? floor.nobody : floor.sessionsOf(nameOf(id))),
    [floor, nameOf],
  );
  const columns = useMemo(
    (): Columns<Load> => [
      {
        id: 'who',
        accessorFn: ({ id }) => nameOf(id),
        sortFn: 'text',
        header: floor.agent,
        cell: ({ row }) => <bdi>{nameOf(row.original.id)}</bdi>,
      },
      {
        id: 'status',
        accessorFn: ({ status }) => STANDINGS.indexOf(presenceOf(status)),
        sortFn: 'basic',
        header: floor.status,
        cell: ({ row: { original } }) => <Presence status={original.status} />,
      },
      {
        id: 'load',
        accessorFn: ({ status }) => (status === undefined ? -1 : status.holds / Math.max(status.capacity, 1)),
        sortFn: 'basic',
        header: floor.load,
        cell: ({ row: { original } }) => <LoadOfCapacity status={original.status} />,
      },
      { id: 'conversations', accessorFn: ({ sessions }) => sessions.length, sortFn: 'basic', header: floor.conversations },
      { id: 'unanswered', accessorFn: ({ unanswered }) => unanswered, sortFn: 'basic', header: floor.unanswered },
      {
        id: 'oldest',
        accessorFn: ({ oldestAt }) => oldestAt ?? Number.MAX_VALUE,
        sortFn: 'basic',
        header: floor.oldest,
        cell: ({ row: { original } }) => (original.oldestAt === null ? '–' : formats.ago(original.oldestAt, now())),
      },
      {
        id: 'show',
        enableSorting: false,
        header: () => <span className="visually-hidden">{floor.show}</span>,
        cell: ({ row: { original } }) =>
          original.sessions.length > 0 && (
            <button type="button" className="button" aria-label={sessionsOf(original.id)} onClick={() => setShown(original.id)}>
              {floor.show}
            </button>
          ),
      },
    ],
    [floor, formats, nameOf, sessionsOf, now],
  );
  const give = async (card: Card, to: { readonly id: string; readonly name: string }): Promise<void> => {
    const refused = await desk.give(card.id, to);
    setProblem(refused === undefined ? undefined : problemText(refused, strings));
    if (refused === undefined) setShown(`agent:${to.id}`);
  };
  const sessions = loads.find(({ id }) => id === shown)?.sessions ?? [];
  if (lists.open.loaded && loads.length === 0) return <p className="team-intro">{floor.empty}</p>;
  return (
    <>
      <p className="team-intro">{floor.intro}</p>
      {lists.open.next !== null && <p className="hint">{floor.more(lists.open.sessions.size)}</p>}
      {problem !== undefined && (
        <p className="bad-notice" role="alert" dir="auto">
          {problem}
        </p>
      )}
      <DataTable caption={words.views.floor} columns={columns} rows={loads} first={FIRST} />
      {sessions.length > 0 && (
        <section className="team-section" aria-labelledby="floor-sessions">
          <h2 id="floor-sessions">{sessionsOf(shown)}</h2>
          <ul className="team-list">
            {sessions.slice(0, MOST).map((card) => (
              <HeldSession key={card.id} card={card} desk={desk} onOpen={onOpen} onGive={give} />
            ))}
          </ul>
          {sessions.length > MOST && <p className="hint">{floor.more(MOST)}</p>}
        </section>
      )}
    </>
  );
}

/** Who is there is read again so often, in milliseconds. */
const STATUS_MS = 10_000;
const NO_STATUSES: readonly AgentStatus[] = [];

/** In the order of the column. */
const STANDINGS = ['none', 'online', 'away', 'offline'] as const;

function presenceOf(status: AgentStatus | undefined): (typeof STANDINGS)[number] {
  if (status === undefined) return 'none';
  return status.online ? (status.away ? 'away' : 'online') : 'offline';
}

function Presence({ status }: { readonly status: AgentStatus | undefined }): ReactNode {
  const { floor } = useTeam().words;
  const presence = presenceOf(status);
  if (presence === 'none') return '–';
  return (
    <span className="presence" data-presence={presence}>
      {floor.presence[presence]}
    </span>
  );
}

function LoadOfCapacity({ status }: { readonly status: AgentStatus | undefined }): ReactNode {
  const { floor } = useTeam().words;
  if (status === undefined) return '–';
  const { holds, capacity } = status;
  return (
    <span className="load" data-full={holds >= capacity}>
      <meter min={0} max={Math.max(capacity, holds, 1)} value={holds} aria-hidden="true" />
      {floor.loadOf(holds, capacity)}
    </span>
  );
}

const FIRST = [{ id: 'oldest', desc: false }];
/** Sessions of one holder that are listed. */
const MOST = 100;

interface HeldSessionProps extends FloorProps {
  readonly card: Card;
  readonly onGive: (card: Card, to: { readonly id: string; readonly name: string }) => Promise<void>;
}

function HeldSession({ card, desk, onOpen, onGive }: HeldSessionProps): ReactNode {
  const { agent, words, strings, formats, now } = useTeam();
  const { floor } = words;
  const { colleagues } = desk.snapshot();
  const customer = customerOf(card, strings);
  const since = unansweredSince(card);
  const isHeld = card.agentId !== null;
  return (
    <li>
      <span className="team-grow">
        <span className="channel" data-channel={channelOf(card)}>
          {channelOf(card)}
        </span>{' '}
        <bdi>{customer}</bdi>
        {since !== undefined && <span className="hint"> {formats.ago(since, now())}</span>}
      </span>
      <button type="button" className="button" onClick={() => onOpen(card.id)}>
        {floor.open}
      </button>
      {isHeld && card.agentId !== agent.id && (
        <button type="button" className="button" onClick={() => void onGive(card, agent)}>
          {floor.takeOver}
        </button>
      )}
      {isHeld && (
        <select
          aria-label={floor.giveTo(customer)}
          value=""
          onChange={({ target }) => {
            const to = colleagues.find(({ id }) => id === target.value);
            if (to !== undefined) void onGive(card, { id: to.id, name: to.name });
          }}
        >
          <option value="">{floor.give}</option>
          {colleagues
            .filter(({ id, disabled }) => id !== card.agentId && !disabled)
            .map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
        </select>
      )}
    </li>
  );
}
