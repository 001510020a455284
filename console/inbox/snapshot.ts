/** Everything that the page of the inbox shows at one moment. */
import type { Status } from '../client/client.ts';
import type { Request } from '../client/request.ts';
import type { SignedInAgent } from './auth-api.ts';
import type { Colleague } from './desk-api.ts';
import { type Draft, EMPTY_DRAFT } from './drafts.ts';
import { EMPTY_LISTS, type Lists } from './lists.ts';
import type { Viewers } from './presence.ts';
import type { Problem } from './problem.ts';
import type { Marks } from './read-marks.ts';
import type { Tab } from './tabs.ts';
import type { Transcript } from './transcript.ts';
import type { TriageState } from './triage.ts';

export interface Snapshot extends TriageState {
  readonly agent: SignedInAgent;
  readonly status: Status;
  readonly lists: Lists;
  readonly tab: Tab;
  readonly selected: string | undefined;
  readonly transcript: Transcript | undefined;
  /** The selected session does not exist, or may not be read. */
  readonly missing: boolean;
  readonly loadingOlder: boolean;
  /** The last entry that was seen. */
  readonly seen: number;
  readonly draft: Draft;
  readonly problem: Problem | undefined;
  /** The command whose answer is awaited. */
  readonly acting: Request['type'] | undefined;
  readonly viewers: Viewers;
  /** When customers typed last, by session. */
  readonly typedAt: ReadonlyMap<string, number>;
  readonly colleagues: readonly Colleague[];
}

export function emptySnapshot(agent: SignedInAgent, status: Status, marks: Marks): Snapshot {
  return {
    agent,
    status,
    lists: EMPTY_LISTS,
    tab: 'waiting',
    selected: undefined,
    transcript: undefined,
    missing: false,
    details: undefined,
    marks,
    snoozedAt: undefined,
    loadingOlder: false,
    seen: 0,
    draft: EMPTY_DRAFT,
    problem: undefined,
    acting: undefined,
    viewers: new Map(),
    typedAt: new Map(),
    colleagues: [],
  };
}
