/** What a dry run of the machines' migrations found, and its lines on the terminal. */
export interface MigrationReport {
  /** Live sessions that were read. */
  readonly sessions: number;
  /** Sessions that stay as they are, and sessions that a migration would take on, by machine. */
  readonly machines: readonly {
    readonly machine: string;
    readonly from: number;
    /** If it equals `from`, there is nothing to do. */
    readonly to: number;
    readonly sessions: number;
  }[];
  /** Sessions that would be quarantined and handed to a human. */
  readonly unreadable: readonly {
    readonly sessionId: string;
    readonly machine: string;
    readonly version: number;
    readonly reason: string;
  }[];
}

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
