/**
 * Desk is one agent's work at the console. It joins the connection, the lists, the transcript of
 * the selected session and what is being written, and notifies the page of changes. It knows no
 * DOM.
 *
 * Owns which session is selected, commands and what came of them. Does not own what was seen
 * (in-view.ts), names of colleagues (colleagues.ts), texts on their way (writing.ts), the
 * connection and its repetitions (console/client), who is signed in (account.ts).
 *
 * Invariants
 * 1. `snapshot` is the same object until something changes.
 * 2. An answer carries the last entry that the agent has seen (in-view.ts). So the server
 *    returns it if the customer or a colleague wrote something that the agent cannot have read.
 */
import type { ConsoleClient } from '../client/client.ts';
import type { ServerMessage } from '../client/protocol.ts';
import { CommandError } from '../client/request.ts';
import type { SignedInAgent } from './auth-api.ts';
import { Colleagues } from './colleagues.ts';
import type { DeskAids, OpenDeskAids } from './desk-aids.ts';
import type { DeskApi } from './desk-api.ts';
import { type Drafts, EMPTY_DRAFT, type Mode, type Waiting } from './drafts.ts';
import { FollowedLists } from './followed-lists.ts';
import { InView } from './in-view.ts';
import { applyToLists, type Card, cardIn, listOf, ordered, wantingMore } from './lists.ts';
import { type News, newsIn } from './news.ts';
import { withPresence } from './presence.ts';
import { type Problem, problemOf } from './problem.ts';
import type { ReadMarks } from './read-marks.ts';
import { emptySnapshot, type Snapshot } from './snapshot.ts';
import { type FollowedTab, followedTab, type Tab } from './tabs.ts';
import { applyToTranscript, currentCard, isWhole, withOlder } from './transcript.ts';
import { Triage } from './triage.ts';
import { Writing } from './writing.ts';

export interface DeskParts {
  readonly agent: SignedInAgent;
  readonly client: Pick<ConsoleClient, 'start' | 'stop' | 'wake' | 'listen' | 'onStatus' | 'send' | 'look' | 'status'>;
  readonly api: DeskApi;
  readonly aids: OpenDeskAids;
  readonly drafts: Drafts;
  readonly reads: ReadMarks;
  /** How long a reply can be taken back before it is sent, in milliseconds. */
  readonly undoMs: () => number;
  readonly now: () => number;
  readonly setTimer: (run: () => void, ms: number) => () => void;
  /** Runs the callback once, about at the next frame, so that many events are one redraw. */
  readonly soon: (run: () => void) => void;
  readonly newId: () => string;
  readonly onNews: (news: News) => void;
}

const OLDER_ENTRIES = 200;

export class Desk {
  readonly #parts: DeskParts;
  readonly #listeners = new Set<() => void>();
  readonly #inView: InView;
  readonly #colleagues: Colleagues;
  readonly #writing: Writing;
  readonly #followed: FollowedLists;
  readonly triage: Triage;
  readonly aids: DeskAids;
  #snapshot: Snapshot;
  #isNotifying = false;
  #stops: (() => void)[] = [];

  constructor(parts: DeskParts) {
    this.#parts = parts;
    const { agent, client, api, drafts, reads, newId, setTimer, now } = parts;
    const ifSelected = (sessionId: string, part: Partial<Snapshot>): void => {
      if (this.#snapshot.selected === sessionId) this.#change(part);
    };
    this.#inView = new InView(setTimer);
    this.#colleagues = new Colleagues({
      agent,
      api,
      known: () => this.#snapshot.colleagues,
      onLoaded: (colleagues) => this.#change({ colleagues }),
    });
    this.#writing = new Writing({
      agentId: agent.id,
      client,
      drafts,
      newId,
      setTimer,
      onDraft: (sessionId, draft) => ifSelected(sessionId, { draft }),
      onProblem: (sessionId, problem) => ifSelected(sessionId, { problem }),
      onScheduled: (...given) => this.triage.scheduled(...given),
    });
    this.#followed = new FollowedLists({ client, setTimer, listOf: (tab) => this.#snapshot.lists[tab] });
    this.triage = new Triage({
      agent,
      client,
      api,
      writing: this.#writing,
      reads,
      now,
      setTimer,
      selected: () => this.#snapshot.selected,
      state: () => this.#snapshot,
      change: (part) => this.#change(part),
    });
    this.aids = parts.aids({
      replyOf: (sessionId) => this.#writing.of(sessionId).reply,
      setReply: (sessionId, text) => this.#writing.setReply(sessionId, text),
    });
    this.#snapshot = emptySnapshot(agent, client.status, reads.marks);
  }

  get writing(): Writing {
    return this.#writing;
  }

  readonly snapshot = (): Snapshot => this.#snapshot;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  start(): void {
    const { client, agent } = this.#parts;
    this.#stops = [
      client.listen((message) => this.#receive(message)),
      client.onStatus((status) => {
        this.#change({ status });
        if (status === 'open') this.refreshColleagues();
      }),
    ];
    client.start();
    this.#followed.start(agent.id);
  }

  stop(): void {
    for (const stop of this.#stops) stop();
    this.aids.suggestion.leave();
    this.#writing.leave();
    this.triage.leave();
    this.#inView.leave();
    this.#parts.client.stop();
  }

  wake(): void {
    this.#parts.client.wake();
  }

  showTab(tab: Tab): void {
    this.#change({ tab });
  }

  select(sessionId: string | undefined): void {
    const { selected } = this.#snapshot;
    if (selected === sessionId) return;
    const { client } = this.#parts;
    this.aids.suggestion.leave();
    this.#writing.leave();
    this.triage.leave();
    this.#inView.leave();
    if (selected !== undefined) client.send({ type: 'unwatch', sessionId: selected }).catch(() => undefined);
    this.#change({
      selected: sessionId,
      transcript: undefined,
      missing: false,
      details: undefined,
      snoozedAt: undefined,
      loadingOlder: false,
      seen: sessionId === undefined ? 0 : this.#inView.seenOf(sessionId),
      problem: undefined,
      acting: undefined,
      draft: sessionId === undefined ? EMPTY_DRAFT : this.#writing.of(sessionId),
    });
    if (sessionId === undefined) return client.look(null, false);
    client.send({ type: 'watch', sessionId }).catch(() => {
      if (this.#snapshot.selected === sessionId) this.#change({ missing: true });
    });
    // The client repeats it on each new connection.
    client.look(sessionId, false);
    this.triage.read();
  }

  /** The agent has come to the end of what the list that is shown has loaded. */
  showMore(): void {
    const { lists } = this.#snapshot;
    const tab = followedTab(this.#snapshot.tab);
    this.#change({ lists: { ...lists, [tab]: wantingMore(lists[tab]) } });
    this.#followed.loadMoreOf(tab);
  }

  /** The next or previous session of `shown`. Default is the list of the tab. */
  step(by: 1 | -1, shown?: readonly Card[]): void {
    const { lists, tab, selected } = this.#snapshot;
    const ids = (shown ?? ordered(tab, listOf(lists, tab).sessions.values())).map(({ id }) => id);
    const at = selected === undefined ? -1 : ids.indexOf(selected);
    const next = at < 0 ? ids.at(by === 1 ? 0 : -1) : ids[at + by];
    if (next !== undefined) this.select(next);
  }

  /** The newest facts of the selected session. */
  get card(): Card | undefined {
    const { selected, transcript, lists } = this.#snapshot;
    return selected === undefined ? undefined : currentCard(cardIn(lists, selected), transcript);
  }

  /** Takes the session, also from a colleague if the agent's role allows it. */
  claim(): void {
    const { id, name } = this.#parts.agent;
    const holder = this.card?.agentId ?? id;
    if (holder === id) this.#act({ type: 'claim' });
    else this.transfer({ id, name });
  }

  release(): void {
    this.#act({ type: 'release' });
  }

  /** Gives a session away that need not be selected. Undefined once it is done. */
  async give(sessionId: string, to: { readonly id: string; readonly name: string }): Promise<Problem | undefined> {
    try {
      const { ignored } = await this.#parts.client.send({ type: 'transfer', sessionId, to: { id: to.id, name: to.name } });
      return ignored === undefined ? undefined : { kind: 'refused', message: ignored };
    } catch (error) {
      return error instanceof CommandError ? problemOf(error) : undefined;
    }
  }

  transfer(to: { readonly id: string; readonly name: string } | string): void {
    this.#act({ type: 'transfer', ...(typeof to === 'string' ? { queue: to } : { to }) });
  }

  close(reason: string): void {
    this.#act({ type: 'close', ...(reason === '' ? {} : { reason }) });
  }

  write(text: string): void {
    const { selected } = this.#snapshot;
    if (selected !== undefined) this.#writing.write(selected, text);
  }

  /** The next reply answers this message of the selected session. Undefined for none. */
  answer(replyTo: string | undefined): void {
    const { selected } = this.#snapshot;
    if (selected === undefined) return;
    this.setMode('reply');
    this.#writing.setReplyTo(selected, replyTo);
  }

  setMode(mode: Mode): void {
    const { selected } = this.#snapshot;
    if (selected !== undefined) this.#writing.setMode(selected, mode);
  }

  /** Sends what is written, a reply after the time in which it can be taken back, or `later`. */
  submit(later?: Waiting['later']): void {
    const { selected } = this.#snapshot;
    if (selected !== undefined) this.submitTo(selected, later);
  }

  /** Sends what is written in a session that need not be selected. */
  submitTo(sessionId: string, later?: Waiting['later']): void {
    const { selected, seen } = this.#snapshot;
    const inMs = this.#parts.undoMs();
    if (sessionId === selected) {
      this.aids.suggestion.leave();
      this.#change({ problem: undefined });
    }
    this.#writing.submit(
      sessionId,
      sessionId === selected ? seen : this.#inView.seenOf(sessionId),
      later ?? (inMs > 0 ? { inMs } : undefined),
    );
  }

  /** Back to the list, in which the session is new again. */
  markUnread(): void {
    const { card } = this;
    this.select(undefined);
    if (card !== undefined) this.triage.unread(card);
  }

  dismissProblem(): void {
    this.#change({ problem: undefined });
  }

  /** What the agent has in view, up to this entry. */
  inView(seq: number): void {
    const { selected } = this.#snapshot;
    if (selected === undefined) return this.#inView.leave();
    this.#inView.show(selected, seq, () => {
      if (this.#snapshot.selected !== selected) return;
      if (this.#snapshot.seen < seq) this.#change({ seen: seq });
      this.triage.seen(this.card, seq);
    });
  }

  /** The view shows something else, or nothing. */
  outOfView(): void {
    this.#inView.leave();
  }

  async loadOlder(): Promise<void> {
    const { transcript, loadingOlder, selected } = this.#snapshot;
    if (transcript === undefined || selected === undefined || loadingOlder || isWhole(transcript)) return;
    this.#change({ loadingOlder: true });
    const before = transcript.entries[0]?.seq ?? 1;
    const ack = await this.#parts.client
      .send({ type: 'history', sessionId: selected, before, limit: OLDER_ENTRIES })
      .catch(() => undefined);
    const now = this.#snapshot;
    if (now.selected !== selected || now.transcript === undefined) return;
    this.#change({ loadingOlder: false, transcript: withOlder(now.transcript, ack?.entries ?? []) });
  }

  refreshColleagues(): void {
    this.#colleagues.refresh();
  }

  readonly nameOf = (agentId: string): string | undefined => this.#colleagues.nameOf(agentId);

  #act(command: { readonly type: 'claim' | 'release' | 'transfer' | 'close' } & object): void {
    const { selected } = this.#snapshot;
    if (selected === undefined) return;
    this.#change({ problem: undefined, acting: command.type });
    const done = (problem: Problem | undefined): void => {
      if (this.#snapshot.selected === selected) this.#change({ acting: undefined, problem });
    };
    this.#parts.client.send({ ...command, sessionId: selected }).then(
      ({ ignored }) => done(ignored === undefined ? undefined : { kind: 'refused', message: ignored }),
      (error: unknown) => done(error instanceof CommandError ? problemOf(error) : undefined),
    );
  }

  #receive(message: ServerMessage): void {
    const { selected, lists, viewers, typedAt } = this.#snapshot;
    const { now, agent, onNews } = this.#parts;
    const tabOf = (topic: string): FollowedTab | undefined => this.#followed.tabOf(topic);
    for (const news of newsIn(message, { agentId: agent.id, lists, tabOf })) onNews(news);
    if (message.type === 'transcript') this.#colleagues.meet(message.session.agentId);
    if (message.type === 'changes') for (const { agentId } of message.sessions) this.#colleagues.meet(agentId);
    const transcript = selected === undefined ? undefined : applyToTranscript(this.#snapshot.transcript, selected, message);
    const presences =
      message.type === 'presence' ? [message] : message.type === 'inbox' || message.type === 'transcript' ? message.presence : [];
    this.#apply({
      lists: applyToLists(lists, tabOf, message),
      transcript,
      viewers: withPresence(viewers, presences, now()),
      typedAt: message.type === 'typing' ? new Map(typedAt).set(message.sessionId, now()) : typedAt,
    });
    if (message.type === 'inbox') this.#followed.loadMore(message.topic);
    if (selected === undefined) return;
    if (message.type === 'transcript' && message.session.id === selected) this.#writing.compare(selected, message.entries);
    const isTurn =
      (message.type === 'entry' && message.sessionId === selected) || (message.type === 'transcript' && message.session.id === selected);
    if (isTurn) this.triage.readSoon();
    // A list may be behind the transcript that was seen.
    const changed = message.type === 'changes' ? message.sessions.find(({ id }) => id === selected) : undefined;
    if (changed !== undefined) this.triage.seen(changed, this.#inView.seenOf(selected));
  }

  /** What the server sent. Many messages are one redraw. */
  #apply(part: Partial<Snapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...part };
    if (this.#isNotifying) return;
    this.#isNotifying = true;
    this.#parts.soon(() => {
      this.#isNotifying = false;
      this.#notify();
    });
  }

  /** What the agent did. It is drawn at once. */
  #change(part: Partial<Snapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...part };
    this.#notify();
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }
}
