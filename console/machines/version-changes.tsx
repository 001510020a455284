/** What differs between two versions, and what migrations would do to the sessions of one. */
import { type ReactNode, useState } from 'react';
import type { Difference } from '#machines/drawing/compare.ts';
import type { MachineName, Migration } from './machines-api.ts';
import { useMachines } from './machines-context.ts';

export function VersionChanges({ changes }: { readonly changes: readonly Difference[] }): ReactNode {
  const { words } = useMachines();
  return (
    <section aria-label={words.changes}>
      <h2>{words.changes}</h2>
      {changes.length === 0 && <p>{words.noChanges}</p>}
      <ul className="changes">
        {changes.map(({ kind, what, state, text }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: Two transitions may read the same.
          <li key={index} data-kind={kind}>
            <strong>{words.kinds[kind]}</strong> <bdi>{state}</bdi>
            {what === 'transition' && (
              <>
                {' · '}
                <bdi>{text}</bdi>
              </>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

export function MigrationTrial({ machine }: { readonly machine: MachineName }): ReactNode {
  const { api, words } = useMachines();
  const [report, setReport] = useState<Migration | 'failed'>();
  const run = (): void => void api.migration(machine).then(setReport, () => setReport('failed'));
  return (
    <section aria-label={words.migration}>
      <h2>{words.migration}</h2>
      <p className="machines-hint">{words.migrationMore}</p>
      <button type="button" className="button" onClick={run}>
        {words.tryMigration}
      </button>
      <div role="status">
        {report === 'failed' && <p>{words.failed}</p>}
        {report !== undefined && report !== 'failed' && <Report report={report} />}
      </div>
    </section>
  );
}

function Report({ report: { sessions, isWhole, machines, unreadable } }: { readonly report: Migration }): ReactNode {
  const { words } = useMachines();
  return (
    <>
      {sessions === 0 && <p>{words.nothingLive}</p>}
      {machines.map(({ from, to, sessions: count }) => (
        <p key={`${from} ${to}`}>{from === to ? words.stays(count, from) : words.migrates(count, from, to)}</p>
      ))}
      {unreadable.length > 0 && (
        <>
          <p>{words.unreadable(unreadable.length)}</p>
          <ul>
            {unreadable.map(({ sessionId, reason }) => (
              <li key={sessionId}>
                <a href={`/console#session=${encodeURIComponent(sessionId)}`}>{sessionId}</a> <bdi>{reason}</bdi>
              </li>
            ))}
          </ul>
        </>
      )}
      {!isWhole && <p className="machines-hint">{words.notWhole}</p>}
    </>
  );
}
