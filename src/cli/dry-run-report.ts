/** The lines of `statechat migrate --dry-run` on the terminal. */
import type { MigrationReport } from '../operations/migration-report.ts';

/** More are counted, not listed. */
const LISTED = 50;

export function dryRunLines({ sessions, machines, unreadable }: MigrationReport): readonly string[] {
  return [
    `${sessions} live sessions.`,
    ...machines.map(({ machine, from, to, sessions: count }) =>
      from === to
        ? `  ${machine}@${from}: ${count} stay as they are`
        : `  ${machine}@${from} → ${machine}@${to}: ${count} would be migrated`,
    ),
    ...(unreadable.length === 0
      ? ['Every session can be read. Nothing was changed.']
      : [
          `${unreadable.length} cannot be read and would be handed to a human:`,
          ...unreadable
            .slice(0, LISTED)
            .map(({ sessionId, machine, version, reason }) => `  ${sessionId} (${machine}@${version}): ${reason}`),
          ...(unreadable.length > LISTED ? [`  … and ${unreadable.length - LISTED} more`] : []),
          'Nothing was changed. Register the version that they were written with, or declare a migration from it.',
        ]),
  ];
}
