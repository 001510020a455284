/**
 * Counts journals for analytics a second time, by what docs/reference/analytics.md says and with no
 * code of the program. Where the program keeps facts and goes on from entry to entry, this looks
 * back over the whole journal of a session for each count.
 */
import {
  isBot,
  isCustomer,
  isHuman,
  isMove,
  type JournalSession,
  type Line,
  linesOf,
  type Plain,
  plain,
  stateIn,
  takerIn,
} from './journal-lines.ts';

/** Sums by `measure day key assistant channel queue agent`, each `n/total`. */
export type Sums = ReadonlyMap<string, string>;

export function countJournals(sessions: readonly JournalSession[]): Sums {
  const { sums, add } = summing();
  const days: Days = new Map();
  for (const session of sessions) new Look(session, add, days).count();
  for (const { place, days: active } of days.values()) {
    const ordered = [...active].toSorted((a, b) => a - b);
    const weekOf = (day: number): number => day - new Date(day * 86_400_000 - 86_400_000).getUTCDay();
    const monthOf = (day: number): number => day + 1 - new Date(day * 86_400_000).getUTCDate();
    const [first = 0] = ordered;
    add(`new_customers ${first}  ${place}`, 1, 0);
    for (const day of ordered) add(`active_days ${day}  ${place}`, 1, 0);
    for (const month of new Set(ordered.map(monthOf))) add(`active_months ${month}  ${place}`, 1, 0);
    for (const week of new Set(ordered.map(weekOf))) {
      add(`active_weeks ${week}  ${place}`, 1, 0);
      add(`cohorts ${weekOf(first)} ${(week - weekOf(first)) / 7} ${place}`, 1, 0);
    }
  }
  return sums();
}

/** Sums that amount to nothing are left out. */
function summing(): { readonly add: Add; sums(): Sums } {
  const sums = new Map<string, [number, number]>();
  return {
    add(place, n, total) {
      const [a, b] = sums.get(place) ?? [0, 0];
      sums.set(place, [a + n, b + total]);
    },
    sums: () =>
      new Map([...sums].filter(([, [n, total]]) => n !== 0 || total !== 0).map(([place, [n, total]]) => [place, `${n}/${total}`])),
  };
}

type Add = (place: string, n: number, total: number) => void;
type Days = Map<string, { readonly place: string; readonly days: Set<number> }>;

class Look {
  readonly #session: JournalSession;
  readonly #add: Add;
  readonly #days: Days;
  readonly #lines: readonly Line[];

  constructor(session: JournalSession, add: Add, days: Days) {
    this.#session = session;
    this.#add = add;
    this.#days = days;
    this.#lines = linesOf(session);
  }

  count(): void {
    const lines = this.#lines;
    const [first] = lines;
    if (first === undefined) return;
    this.#put(first, 'opened', '', 1, 0, true);
    for (const line of lines) {
      if (isCustomer(line)) this.#customer(line);
      if (isBot(line)) this.#put(line, 'messages', 'assistant');
      if (isHuman(line)) this.#put(line, 'messages', 'agent');
      if (line.kind === 'parked') this.#put(line, 'errors', 'parked');
      if (line.event !== undefined) this.#event(line, line.event);
      if (isMove(line)) this.#moved(line);
    }
    this.#answers();
    this.#ratings();
  }

  #put(line: Line, measure: string, key = '', n = 1, total = 0, whole = false): void {
    const { assistant, address } = this.#session;
    const [queue, agent] = whole ? ['', ''] : [this.#queueAt(line), measure === 'handovers' ? '' : this.#agentAt(line)];
    this.#add(`${measure} ${dayOf(line.at)} ${key} ${[assistant, address.split(':')[0], queue, agent].join(' ')}`, n, total);
  }

  #before(line: Line): readonly Line[] {
    return this.#lines.slice(0, line.index);
  }

  /** The queue of the last wait before, or the one that the wait was moved to. */
  #queueAt(line: Line): string {
    const upTo = isMove(line) ? this.#lines.slice(0, line.index + 1) : this.#before(line);
    let queue = '';
    let called = '-';
    let waits = false;
    for (const one of upTo) {
      const { effect, params } = one.payload;
      if (effect === 'agents.notify') {
        called = String(plain(params).queue ?? '-');
        if (waits && plain(params).reason === 'transfer') queue = called;
      }
      if (!isMove(one)) continue;
      const [from, to] = [stateIn(one, 'from'), stateIn(one, 'to')];
      // A count of the end of a wait is of the queue that it was in.
      if (to === 'WAITING_AGENT' && from !== 'WAITING_AGENT') queue = called;
      waits = to === 'WAITING_AGENT';
    }
    return queue;
  }

  #agentAt(line: Line): string {
    const upTo = this.#lines.slice(0, line.index + 1);
    let agent = '';
    let human = false;
    for (const one of upTo) {
      const taker = takerIn(one, human);
      if (taker !== undefined) agent = taker;
      if (one.kind === 'agent.message' && one.payload.effect !== undefined)
        agent = String(plain(plain(one.payload.params).agent).id ?? agent);
      if (isMove(one)) human = plain(one.payload.to).handler === 'human';
    }
    return agent;
  }

  #humanHolds(line: Line): boolean {
    const last = this.#before(line).findLast(isMove);
    return last !== undefined && plain(last.payload.to).handler === 'human';
  }

  #customer(line: Line): void {
    const { assistant, address } = this.#session;
    this.#put(line, 'messages', 'customer');
    const { type, name } = line.event ?? {};
    this.#put(line, 'questions', type === 'customer.command' ? this.#category(String(name)) : '', 1, 0, true);
    const who = `${assistant} ${address}`;
    const known = this.#days.get(who) ?? { place: `${assistant} ${address.split(':')[0]}  `, days: new Set<number>() };
    known.days.add(dayOf(line.at));
    this.#days.set(who, known);
  }

  #category(command: string): string {
    const policy = plain(plain(plain(this.#lines[0]?.payload).input).policy);
    const { analysisCommands = ['analyze', 'sentiment', 'dcf', 'peers'] } = policy;
    const known = ['start', 'help', 'status', 'stop', 'reset', 'agent', 'assistant', 'comment', 'button'];
    if (policy.analyses === true && Array.isArray(analysisCommands)) known.push(...analysisCommands.map(String));
    return known.includes(command) ? `/${command}` : 'other';
  }

  #event(line: Line, event: Plain): void {
    const type = String(event.type);
    const taker = takerIn(line, this.#humanHolds(line));
    const holder = this.#humanHolds(line) ? this.#agentBefore(line) : undefined;
    if (taker !== undefined && taker !== holder) this.#put(line, 'taken');
    const kind = { 'xstate.promise.resolve': 'done', 'xstate.promise.reject': 'error' }[type];
    const output = kind === 'done' ? plain(event.data) : {};
    const run = this.#runOf(line, output);
    if (kind !== undefined) this.#put(line, 'runs', run);
    const usage = type === 'run.spent' ? plain(event.usage) : kind === 'done' ? plain(output.usage) : {};
    const spent = (name: string): number => Number(usage[name] ?? 0);
    if (spent('tokensIn') > 0) this.#put(line, 'tokens', 'in', 1, spent('tokensIn'));
    if (spent('tokensOut') > 0) this.#put(line, 'tokens', 'out', 1, spent('tokensOut'));
    if (spent('costMicros') > 0) this.#put(line, 'cost', 'model', 1, spent('costMicros'));
    if (spent('toolCalls') > 0) this.#put(line, 'tool_calls', '', spent('toolCalls'));
    if (spent('cacheHits') > 0) this.#put(line, 'cache_hits', '', spent('cacheHits'));
    if (kind === 'done' && typeof output.intent === 'string') this.#put(line, 'intents', output.intent, 1, 0, true);
    if (type === 'message.cost') this.#put(line, 'cost', 'channel', 1, Number(event.costMicros));
    if (type === 'effect.failed') this.#put(line, 'errors', String(event.effect));
    if (kind === 'error' && plain(event.data).code !== 'stopped') this.#put(line, 'errors', run);
    if (kind !== 'done' || run !== 'analyse') return;
    const failed = output.failed === true || output.declined !== undefined || typeof output.summary !== 'string';
    if (failed) this.#put(line, 'errors', 'analyse');
    else this.#analysis(line);
  }

  #runOf(line: Line, output: Plain): string {
    if (plain(plain(this.#lines[0]?.payload).machine).id !== 'session') return 'other';
    const progress = this.#before(line).some(({ event, serial }) => event?.type === 'analysis.progress' && serial === line.serial);
    if (progress || output.summary !== undefined) return 'analyse';
    if (output.by !== undefined) return 'summarise';
    if (line.event?.type !== 'xstate.promise.reject' || plain(line.event.data).code === 'stopped') return 'answer';
    return this.#lines[line.index + 1]?.kind === 'system.message' ? 'answer' : 'summarise';
  }

  #agentBefore(line: Line): string {
    const [before] = this.#lines.slice(line.index - 1, line.index);
    return before === undefined ? '' : this.#agentAt(before);
  }

  /** The subject is that of the last request of the customer that was not only proposed. */
  #analysis(line: Line): void {
    const [first] = this.#lines;
    const policy = plain(plain(plain(first?.payload).input).policy);
    const commands: readonly unknown[] = Array.isArray(policy.analysisCommands) ? policy.analysisCommands : [];
    const pattern = new RegExp(`^(?:${String(policy.subjectPattern)})$`, 'u');
    const begun = this.#before(line).find(({ event, serial }) => event?.type === 'analysis.progress' && serial === line.serial) ?? line;
    const request = this.#before(begun).findLast(({ event }) => {
      if (event?.type === 'customer.command') return commands.includes(event.name) && event.args !== '';
      return event?.type === 'customer.message' && pattern.test(String(event.text));
    });
    if (request === undefined) throw new Error('An analysis has no request.');
    const { args, text } = plain(request.event);
    // It was proposed first, so the time counts from the "yes".
    const between = this.#lines.slice(request.index, begun.index);
    const wasProposed = between.some(({ payload }) => plain(payload.params).notice === 'confirmAnalysis');
    const since = wasProposed ? (between.findLast(isCustomer) ?? request) : request;
    const ms = line.at - since.at;
    this.#put(
      line,
      'analyses',
      String(args ?? text)
        .trim()
        .toUpperCase(),
      1,
      ms,
      true,
    );
    this.#lasting(line, 'analysis_time', ms, true);
  }

  #lasting(line: Line, measure: string, ms: number, whole = false): void {
    const key = ms < 1 ? 0 : 1 + Math.floor(Math.log2(ms) * 4);
    this.#put(line, measure, String(key), 1, ms, whole);
  }

  #moved(line: Line): void {
    const [from, to] = [stateIn(line, 'from'), stateIn(line, 'to')];
    const handler = plain(line.payload.to).handler;
    const closes = handler === 'none' && to !== 'WAITING_AGENT';
    if (from === 'WAITING_AGENT' && to !== 'WAITING_AGENT') {
      const began = this.#before(line).findLast(
        (one) => isMove(one) && stateIn(one, 'to') === 'WAITING_AGENT' && stateIn(one, 'from') !== 'WAITING_AGENT',
      );
      const how = closes ? 'closed' : handler === 'human' ? 'agent' : 'bot';
      this.#put(line, 'waits', how);
      if (how === 'agent' && began !== undefined) this.#lasting(line, 'wait', line.at - began.at);
    }
    if (to === 'WAITING_AGENT' && from !== 'WAITING_AGENT') {
      this.#put(line, 'handovers', this.#why(line));
      const earlier = this.#before(line).some((one) => isMove(one) && stateIn(one, 'to') === 'WAITING_AGENT');
      if (!earlier) this.#put(line, 'handed_over', '', 1, 0, true);
    }
    if (closes) this.#closed(line, from);
  }

  #why(line: Line): string {
    const cause = this.#before(line).findLast(({ event, isTimer }) => event !== undefined || isTimer);
    const type = cause?.isTimer === true ? 'timer' : String(cause?.event?.type ?? '');
    if (type.startsWith('customer.')) return 'customer';
    if (type === 'xstate.promise.resolve') return 'assistant';
    if (type === 'xstate.promise.reject') return 'failure';
    return { escalate: 'request', 'agent.transfer': 'transfer', 'agent.offline': 'offline', timer: 'no_answer' }[type] ?? 'other';
  }

  #closed(line: Line, from: string): void {
    const spoken = this.#before(line).filter((one) => isCustomer(one) || isBot(one) || isHuman(one));
    const last = spoken.at(-1);
    if (last !== undefined) this.#lasting(line, 'duration', Math.max(0, last.at - this.#session.openedAt));
    const lastQuestion = this.#before(line).findLast(isCustomer);
    const answered = this.#before(line).findLast(
      (one) => isBot(one) || isHuman(one) || (one.kind === 'system.message' && !this.#isWithHuman(one)),
    );
    const open = lastQuestion !== undefined && (answered === undefined || answered.index < lastQuestion.index);
    const outcome = lastQuestion === undefined ? 'empty' : open || from === 'WAITING_AGENT' ? 'abandoned' : 'completed';
    this.#put(line, 'outcomes', outcome);
  }

  #isWithHuman(line: Line): boolean {
    const to = plain(this.#before(line).findLast(isMove)?.payload.to);
    return to.handler === 'human' || to.state === 'WAITING_AGENT';
  }

  /** First answers of the bot and of a human. */
  #answers(): void {
    const asked = this.#lines.find(isCustomer);
    const bot = this.#lines.find((line) => isBot(line));
    if (asked !== undefined && bot !== undefined && bot.index > asked.index)
      this.#lasting(bot, 'bot_first_response', bot.at - asked.at, true);
    for (const human of this.#lines.filter(isHuman)) {
      const before = this.#before(human);
      const answered = before.findLast((one) => isBot(one) || isHuman(one) || (one.kind === 'system.message' && !this.#isWithHuman(one)));
      const waits = (one: Line): boolean => isCustomer(one) || (isMove(one) && stateIn(one, 'to') === 'WAITING_AGENT');
      const since = before.find((one) => one.index > (answered?.index ?? -1) && waits(one));
      if (since === undefined) continue;
      this.#lasting(human, 'human_first_response', human.at - since.at);
      break;
    }
  }

  #ratings(): void {
    const given = this.#lines.filter(({ kind, payload }) => kind === 'rating' && payload.late !== true);
    for (const [index, line] of given.entries()) {
      const score = plain(line.payload.rating).score;
      const before = plain(given[index - 1]?.payload.rating).score;
      if (typeof score !== 'number' || score === before) continue;
      if (typeof before === 'number') this.#put(line, 'ratings', String(before), -1, -before);
      this.#put(line, 'ratings', String(score), 1, score);
    }
  }
}

function dayOf(at: number): number {
  return Math.floor(at / 86_400_000);
}

/** The program's counts in the same form, by day. */
export function inTheSameForm(
  counts: readonly {
    readonly measure: string;
    readonly bucket: number;
    readonly key: string;
    readonly assistant: string;
    readonly channel: string;
    readonly queue: string;
    readonly agent: string;
    readonly n: number;
    readonly total: number;
  }[],
): Sums {
  const { sums, add } = summing();
  for (const { measure, bucket, key, assistant, channel, queue, agent, n, total } of counts) {
    // Service levels depend on settings, which no journal has.
    if (measure === 'service') continue;
    add(`${measure} ${Math.floor(bucket / 96)} ${key} ${[assistant, channel, queue, agent].join(' ')}`, n, total);
  }
  return sums();
}
