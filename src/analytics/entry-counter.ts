/**
 * EntryCounter counts the entries of one session's journal, in order.
 *
 * Owns what each entry counts for (docs/reference/analytics.md). Does not own under which name
 * (count-keys.ts), where the counts go (roll-up.ts), or which figures are made of them
 * (src/operations/analytics-measures.ts).
 *
 * Invariants
 * 1. What it counts depends on the entries alone, so counting in pieces gives what counting at once
 *    gives. Service levels also depend on the queues' settings at the time of the counting.
 * 2. An event that was ignored, refused or parked counts for nothing.
 */
import { AppliedEvents } from '#actors/session/applied-events.ts';
import type { MachineEvent } from '#machines/definition.ts';
import type { SlaTarget } from '#machines/handoff/sla.ts';
import { subjectNamed } from '#machines/session/changes.ts';
import { isCourtesy } from '#machines/session/courtesy.ts';
import { holderAfter, prioritySchema } from '#machines/session/events.ts';
import { remedyOf } from '#machines/session/failures.ts';
import { type PolicySettings, policyOf, policySettings } from '#machines/session/policy.ts';
import { RATING } from '#machines/session/rating.ts';
import { usageSchema } from '#machines/session/usage.ts';
import { BUCKET_MS, type RollupCount, type RollupEntry, type RollupLabel } from '#storage/rollups.ts';
import { durationClass } from '../operations/duration-classes.ts';
import { commandKey, handoverKey, nameKey, subjectKey } from './count-keys.ts';
import { type CountedSession, DEFAULT_QUEUE, type Facts } from './session-facts.ts';

/** Whether an answer was in time. Undefined if there is no target. */
export type InTime = (of: {
  readonly queue: string | null;
  readonly priority: Facts['priority'];
  readonly target: SlaTarget;
  readonly since: number;
  readonly at: number;
}) => boolean | undefined;

/** Called for a day on which the customer wrote, by a time of it. */
export type OnActive = (at: number) => void;

const record = (value: unknown): Readonly<Record<string, unknown>> => Object(value);
const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** To which it adds what it counts. */
export interface Counted {
  readonly counts: RollupCount[];
  readonly labels: RollupLabel[];
}

export class EntryCounter {
  readonly #session: CountedSession;
  readonly #facts: Facts;
  readonly #events: AppliedEvents;
  readonly #inTime: InTime;
  readonly #onActive: OnActive;
  readonly #counted: Counted;
  #at = 0;

  constructor(session: CountedSession, counted: Counted, { inTime, onActive }: { inTime: InTime; onActive: OnActive }) {
    this.#session = session;
    this.#facts = session.facts;
    this.#events = new AppliedEvents(session.facts.held);
    this.#counted = counted;
    this.#inTime = inTime;
    this.#onActive = onActive;
  }

  entry({ seq, at, kind, payload }: Pick<RollupEntry, 'seq' | 'at' | 'kind' | 'payload'>): void {
    const given = record(payload);
    this.#nameFailure(kind === 'system.message' && given.effect !== undefined ? 'answer' : 'summarise');
    this.#at = at;
    if (seq === 1) this.#opened(given);
    if (given.effect !== undefined || given.action !== undefined) return this.#effect(kind, given);
    if (given.stimulus !== undefined) return this.#input(kind, payload);
    if (kind === 'transition' && given.to !== undefined) return this.#moved(record(given.from), record(given.to));
    if (kind === 'parked') this.#add('errors', 'parked');
    if (kind === RATING) this.#rated(given);
    if (kind === 'failed') this.#closed('completed');
  }

  /** To be called after the last entry. */
  end(): void {
    this.#nameFailure('summarise');
    this.#facts.held = [...this.#events.held];
  }

  /** A failed answer is followed by an apology, and a failed summary by nothing. */
  #nameFailure(run: string): void {
    if (!this.#facts.unnamedFailure) return;
    this.#facts.unnamedFailure = false;
    this.#add('runs', run);
    this.#error(run);
  }

  #add(measure: string, key = '', n = 1, total = 0): void {
    const { sessionId, assistant, channel } = this.#session;
    const { queue, agent } = this.#facts;
    const of = OF_SESSION.has(measure) ? { queue: '', agent: '' } : { queue, agent: measure === 'handovers' ? '' : agent };
    const place = { bucket: Math.floor(this.#at / BUCKET_MS), assistant, channel, ...of };
    this.#counted.counts.push({ ...place, measure, key, n, total });
    const label = LABELS[measure];
    if (label === undefined || n < 0 || (measure === 'questions' && key === '')) return;
    this.#counted.labels.push({ ...place, sessionId, label: key === '' ? label : `${label}:${key}` });
  }

  #took(measure: string, since: number): void {
    const ms = Math.max(0, this.#at - since);
    this.#add(measure, durationClass(ms), 1, ms);
  }

  #opened({ input, machine }: Readonly<Record<string, unknown>>): void {
    this.#add('opened');
    this.#facts.builtIn = record(machine).id === 'session';
    const settings: PolicySettings | undefined = policySettings.safeParse(record(input).policy).data;
    if (settings?.analyses !== true) return;
    const { analysisCommands: commands, subjectPattern: pattern } = policyOf(settings);
    this.#facts.analyses = { commands: [...commands], pattern };
  }

  #input(kind: string, payload: RollupEntry['payload']): void {
    const input = this.#events.readInput({ kind, payload });
    if (input?.kind === 'event') {
      this.#facts.cause = input.event.type;
      this.#event(input.event);
    } else if (input?.kind === 'timer') this.#facts.cause = 'timer';
    else if (input?.kind === 'signal') this.#signal(input.event, input.serial);
  }

  /** An event that code sent, as a run does when it is done. */
  #signal(event: MachineEvent, serial: number): void {
    const facts = this.#facts;
    facts.cause = event.type;
    if (event.type === 'analysis.progress' && facts.analysisSerial !== serial) {
      facts.analysisSerial = serial;
      facts.running = facts.requested ?? facts.proposed;
      facts.requested = null;
      facts.proposed = null;
    } else if (event.type === 'xstate.promise.resolve') this.#done(record(event.data), serial);
    else if (event.type === 'xstate.promise.reject') this.#failed(event.data, serial);
    else if (event.type === 'run.spent') this.#spent(event.usage);
  }

  #event(event: MachineEvent): void {
    const facts = this.#facts;
    const holder = holderAfter(event, facts.handler === 'human');
    if (holder !== undefined && (facts.handler !== 'human' || facts.agent !== holder.id)) {
      facts.agent = holder.id;
      this.#add('taken');
    }
    switch (event.type) {
      case 'customer.message':
        return this.#customer(textOf(event.text) ?? '', undefined);
      case 'customer.command':
        return this.#customer(textOf(event.args) ?? '', textOf(event.name) ?? '');
      case 'agent.echo':
        return this.#human();
      case 'agent.update':
        facts.priority = prioritySchema.safeParse(event.priority).data ?? facts.priority;
        return;
      case 'run.spent':
        return this.#spent(event.usage);
      case 'message.cost':
        return this.#add('cost', 'channel', 1, Number(event.costMicros));
      case 'effect.failed':
        return this.#error(textOf(event.effect) ?? 'effect');
    }
  }

  #customer(text: string, command: string | undefined): void {
    const facts = this.#facts;
    const at = this.#at;
    this.#onActive(at);
    facts.firstCustomerAt ??= at;
    facts.lastMessageAt = at;
    const thanks = facts.handler === 'human' && command === undefined && isCourtesy(text);
    if (!thanks) facts.unansweredSince ??= at;
    this.#add('messages', 'customer');
    this.#add('questions', command === undefined ? '' : commandKey(command, facts.analyses?.commands ?? []));
    if (facts.analyses === null || facts.handler === 'human' || facts.state === 'WAITING_AGENT') return;
    const { commands, pattern } = facts.analyses;
    const subject =
      command !== undefined ? (commands.includes(command) ? text : undefined) : pattern === null ? undefined : subjectNamed(pattern, text);
    if (subject !== undefined && subject !== '') facts.requested = { subject: subjectKey(subject), at };
    // A "yes" starts what was proposed.
    else if (facts.proposed !== null) facts.proposed = { ...facts.proposed, at };
  }

  #effect(kind: string, { effect, params }: Readonly<Record<string, unknown>>): void {
    const facts = this.#facts;
    const { reason, queue, notice, agent } = record(params);
    if (effect === 'agents.notify') {
      facts.called = textOf(queue) ?? null;
      if (facts.state === 'WAITING_AGENT' && reason === 'transfer') facts.queue = facts.called ?? DEFAULT_QUEUE;
    }
    if (notice === 'confirmAnalysis' && facts.requested !== null) {
      facts.proposed = facts.requested;
      facts.requested = null;
    }
    if (kind === 'assistant.message') {
      this.#add('messages', 'assistant');
      facts.lastMessageAt = this.#at;
      if (!facts.botAnswered && facts.firstCustomerAt !== null) this.#took('bot_first_response', facts.firstCustomerAt);
      facts.botAnswered = true;
      facts.unansweredSince = null;
    } else if (kind === 'agent.message') {
      facts.agent = textOf(record(agent).id) ?? facts.agent;
      this.#human();
    } else if (kind === 'system.message' && facts.state !== 'WAITING_AGENT' && facts.handler !== 'human') facts.unansweredSince = null;
  }

  #human(): void {
    const facts = this.#facts;
    const at = this.#at;
    this.#add('messages', 'agent');
    facts.lastMessageAt = at;
    const since = facts.unansweredSince;
    if (since !== null) {
      if (!facts.humanAnswered) this.#took('human_first_response', since);
      this.#service(facts.humanAnswered ? 'nextResponse' : 'firstResponse', since);
      facts.humanAnswered = true;
    }
    facts.unansweredSince = null;
  }

  #service(target: SlaTarget, since: number): void {
    const { queue, priority } = this.#facts;
    const inTime = this.#inTime({ queue: queue === '' || queue === DEFAULT_QUEUE ? null : queue, priority, target, since, at: this.#at });
    if (inTime === undefined) return;
    this.#add('service', `${target}:${inTime ? 'met' : 'missed'}`);
  }

  #moved(from: Readonly<Record<string, unknown>>, to: Readonly<Record<string, unknown>>): void {
    const facts = this.#facts;
    const at = this.#at;
    facts.state = textOf(to.state) ?? '';
    facts.handler = textOf(to.handler) ?? '';
    const closes = facts.handler === 'none' && facts.state !== 'WAITING_AGENT';
    if (facts.waitingSince !== null && from.state === 'WAITING_AGENT') {
      const how = closes ? 'closed' : facts.handler === 'human' ? 'agent' : 'bot';
      if (how === 'agent') this.#took('wait', facts.waitingSince);
      this.#add('waits', how);
      facts.waitingSince = null;
    }
    if (facts.state === 'WAITING_AGENT' && from.state !== 'WAITING_AGENT') {
      facts.queue = facts.called ?? DEFAULT_QUEUE;
      facts.waitingSince = at;
      facts.unansweredSince ??= at;
      const why = handoverKey(facts.cause);
      this.#add('handovers', why);
      if (!facts.handedOver) this.#add('handed_over');
      facts.handedOver = true;
    }
    if (closes) this.#closed(this.#outcome(from.state === 'WAITING_AGENT'));
  }

  #outcome(waited: boolean): string {
    const { cause, firstCustomerAt, unansweredSince } = this.#facts;
    if (cause === 'statechat.superseded') return 'merged';
    if (firstCustomerAt === null) return 'empty';
    return waited || unansweredSince !== null ? 'abandoned' : 'completed';
  }

  #closed(outcome: string): void {
    const facts = this.#facts;
    if (facts.closed) return;
    facts.closed = true;
    this.#add('outcomes', outcome);
    if (facts.lastMessageAt !== null) {
      const ms = Math.max(0, facts.lastMessageAt - this.#session.openedAt);
      this.#add('duration', durationClass(ms), 1, ms);
    }
    if (facts.firstCustomerAt !== null && facts.humanAnswered) this.#service('resolution', facts.firstCustomerAt);
  }

  #done(output: Readonly<Record<string, unknown>>, serial: number): void {
    const facts = this.#facts;
    const run = this.#runOf(output, serial);
    this.#add('runs', run);
    this.#spent(output.usage);
    const intent = textOf(output.intent);
    if (intent !== undefined) this.#add('intents', nameKey(intent));
    if (run !== 'analyse') return;
    const running = facts.running ?? facts.requested;
    facts.running = null;
    facts.requested = null;
    if (typeof output.summary !== 'string' || output.failed === true || output.declined !== undefined) return this.#error('analyse');
    const { subject, at: since } = running ?? { subject: 'other', at: this.#at };
    const ms = Math.max(0, this.#at - since);
    this.#add('analyses', subject, 1, ms);
    this.#add('analysis_time', durationClass(ms), 1, ms);
  }

  /** The journal has the number of a run and not its name, so its outcome tells. */
  #runOf(output: Readonly<Record<string, unknown>>, serial: number): string {
    const { builtIn, analysisSerial } = this.#facts;
    if (!builtIn) return 'other';
    if (serial === analysisSerial || output.summary !== undefined) return 'analyse';
    return output.by === undefined ? 'answer' : 'summarise';
  }

  #failed(error: unknown, serial: number): void {
    const facts = this.#facts;
    const isAnalysis = serial === facts.analysisSerial;
    if (isAnalysis) facts.running = null;
    if (remedyOf(error) === 'stopped' || !facts.builtIn || isAnalysis) {
      const run = !facts.builtIn ? 'other' : isAnalysis ? 'analyse' : 'answer';
      this.#add('runs', run);
      if (remedyOf(error) !== 'stopped') this.#error(run);
    } else facts.unnamedFailure = true;
  }

  #error(of: string): void {
    this.#add('errors', nameKey(of));
  }

  #spent(given: unknown): void {
    const { data: usage } = usageSchema.safeParse(given);
    if (usage === undefined) return;
    if (usage.tokensIn > 0) this.#add('tokens', 'in', 1, usage.tokensIn);
    if (usage.tokensOut > 0) this.#add('tokens', 'out', 1, usage.tokensOut);
    if (usage.costMicros > 0) this.#add('cost', 'model', 1, usage.costMicros);
    if (usage.toolCalls > 0) this.#add('tool_calls', '', usage.toolCalls);
    if (usage.cacheHits > 0) this.#add('cache_hits', '', usage.cacheHits);
  }

  /** A customer who rates again changes the score. */
  #rated({ rating, late }: Readonly<Record<string, unknown>>): void {
    const facts = this.#facts;
    const { score } = record(rating);
    if (late === true || typeof score !== 'number' || score === facts.score) return;
    if (facts.score !== null) this.#add('ratings', String(facts.score), -1, -facts.score);
    this.#add('ratings', String(score), 1, score);
    facts.score = score;
  }
}

/** What a session is before anything is known of queues and agents, so they tell nothing apart. */
const OF_SESSION: ReadonlySet<string> = new Set([
  ...['opened', 'handed_over', 'bot_first_response', 'questions', 'intents', 'analyses', 'analysis_time'],
]);

/** What a session is labelled with that counts for a measure, before the key. */
const LABELS: Readonly<Record<string, string>> = {
  ...{ outcomes: 'outcome', handovers: 'handover', waits: 'wait', taken: 'taken', service: 'service', questions: 'question' },
  ...{ intents: 'intent', analyses: 'subject', errors: 'error', ratings: 'rating' },
};
