/**
 * A sandbox is a session with time of its own, from which nothing leaves. It takes the same turns
 * as a real one (session/turn.ts) and keeps their journal. What a turn wants done is listed, and
 * its caller says how each invocation ends.
 *
 * Owns its clock, its journal, and what waits for an outcome. Does not own running the code of an
 * invocation (run-invocation.ts), or how long a sandbox is kept.
 *
 * Invariants (test/actors/sandbox/)
 * 1. It has no store, no outbox and no channel, so no effect and no code of an action ever runs.
 * 2. The same start and the same steps give the same journal and the same snapshot.
 * 3. A step that throws leaves it unusable. Make it again from its start and the steps before.
 */
import type { Json, MachineEvent, SessionFacts } from '#machines/definition.ts';
import { InvalidInput } from '#machines/errors.ts';
import { formatAddress, type SessionId } from '#machines/ids.ts';
import type { JournalEntry, SessionRow, WorkItem } from '#storage/port.ts';
import type { RegisteredMachine, Registry } from '../contract/registry.ts';
import { HostedActor } from '../interpreter/hosted-actor.ts';
import { RUN_FAILED } from '../interpreter/input.ts';
import { eventToJson } from '../interpreter/serialize.ts';
import { decodeSnapshot } from '../interpreter/stored-snapshot.ts';
import { validateMachine } from '../interpreter/validate-machine.ts';
import { isPromiseLogic } from '../interpreter/xstate-internals/actor-logic.ts';
import { openingStart, type TurnStart } from '../session/activation.ts';
import { failureMessage, type MailboxMessage, type MessageContent } from '../session/message.ts';
import { shapeOf } from '../session/moment.ts';
import type { Checkpoint } from '../session/replay.ts';
import { TurnComputation } from '../session/turn.ts';
import { sessionFactsOf } from '../session/turn-record.ts';
import { closedReceipt, type TurnResult } from '../session/turn-result.ts';
import { withForcedGuards } from './forced-guards.ts';
import type { SandboxStep } from './steps.ts';

/** What a sandbox begins from. Times are milliseconds since the epoch. */
export type SandboxStart =
  | {
      readonly kind: 'machine';
      readonly assistant: string;
      readonly machine: { readonly id: string; readonly version: number };
      readonly sessionId: SessionId;
      readonly at: number;
      /** What opens the session, if its machine needs something. */
      readonly input?: Json;
    }
  | { readonly kind: 'fork'; readonly row: SessionRow; readonly checkpoint: Checkpoint; readonly seq: number; readonly at: number };

/** Something that a turn requested. In a sandbox it waits for an outcome. */
export interface PendingInvocation {
  readonly serial: number;
  readonly id: string;
  /** Sources that lead to its code in the machine. */
  readonly path: readonly string[];
  readonly input: Json;
}

export interface PlayedStep extends TurnResult {
  readonly entries: readonly JournalEntry[];
}

/** Timers that one advance may fire. A machine that needs more goes round in circles. */
const MOST_WAKES = 1_000;
/** Answers of code that one turn may wait for. */
const MOST_ANSWERS = 1_000;

export class Sandbox {
  readonly #registry: Registry;
  readonly #forced = new Map<string, boolean>();
  /** Names of the guards whose outcome can be chosen. */
  readonly guards: readonly string[];
  readonly #machine: RegisteredMachine;
  #row: SessionRow;
  #actor: HostedActor;
  #start: TurnStart | undefined;
  #now: number;
  #sent = 0;
  readonly #journal: JournalEntry[] = [];
  #invocations: readonly PendingInvocation[] = [];
  #effects: readonly WorkItem[] = [];

  /**
   * Throws `InvalidInput` for an assistant or a machine that is not registered, and for a machine
   * that cannot begin.
   */
  constructor(registry: Registry, start: SandboxStart) {
    this.#registry = registry;
    this.#now = start.at;
    if (start.kind === 'machine') {
      const opening = openingOf(registry, start);
      const { machine, guards } = this.#guarded(registered(registry, start.assistant, start.machine));
      this.#machine = machine;
      this.guards = guards;
      const row = { ...opening.row, machineId: start.machine.id, machineVersion: start.machine.version };
      this.#start = { ...opening, row, machine };
      this.#row = row;
      this.#actor = HostedActor.open(machine.definition, opening.machineInput, start.at).actor;
      this.#turn({ kind: 'open', sessionId: undefined, assistant: start.assistant, hint: start.input ?? null });
      return;
    }
    const { row, checkpoint, seq } = start;
    const owner = checkpoint.quarantined ? registry.quarantine?.binding.name : row.assistant;
    const { machine, guards } = this.#guarded(registered(registry, owner ?? row.assistant, checkpoint.machine));
    this.#machine = machine;
    this.guards = guards;
    const snapshot = decodeSnapshot(checkpoint.snapshot);
    this.#actor = HostedActor.restore(machine.definition, snapshot);
    const open = this.#actor.status === 'active';
    const { id: machineId, version: machineVersion } = checkpoint.machine;
    this.#row = {
      ...row,
      ...columnsOf(sessionFactsOf(this.#actor)),
      version: seq,
      machineId,
      machineVersion,
      open,
      snapshot: checkpoint.snapshot,
      closedAt: null,
    };
    if (open) this.#start = { row: this.#row, machine, snapshot, lineage: [] };
    this.#invocations = checkpoint.running.map(({ serial, id, path, input }) => ({ serial, id, path, input: input ?? null }));
  }

  /** Milliseconds since the epoch, by its own clock. */
  get now(): number {
    return this.#now;
  }

  /** As a store would have it. */
  get row(): SessionRow {
    return this.#row;
  }

  get machine(): RegisteredMachine {
    return this.#machine;
  }

  /** Entries since it began, oldest first. */
  get journal(): readonly JournalEntry[] {
    return this.#journal;
  }

  /** Invocations that wait for an outcome. */
  get invocations(): readonly PendingInvocation[] {
    return this.#invocations;
  }

  /** What real sessions would have done in the world, oldest first. None of it was done. */
  get effects(): readonly WorkItem[] {
    return this.#effects;
  }

  get forced(): ReadonlyMap<string, boolean> {
    return this.#forced;
  }

  /** It ends with an output. Other code sends events to the machine. */
  givesOutput({ path }: Pick<PendingInvocation, 'path'>): boolean {
    const logic = this.#machine.logic(path);
    return logic !== undefined && isPromiseLogic(logic);
  }

  shape(): ReturnType<typeof shapeOf> {
    return shapeOf(this.#actor);
  }

  /** Throws `InvalidInput` for a step that makes no sense here. */
  play(step: SandboxStep): PlayedStep {
    const before = this.#journal.length;
    const result = this.#play(step);
    return { ...result, entries: this.#journal.slice(before) };
  }

  #play(step: SandboxStep): TurnResult {
    switch (step.do) {
      case 'send': {
        const { id: sessionId, assistant } = this.#row;
        return this.#turn({ kind: 'event', event: step.event, eventId: `sandbox:${++this.#sent}`, sessionId, assistant, hint: null });
      }
      case 'advance':
        return this.#advance(step.ms);
      case 'settle':
        return this.#settle(step.serial, step.output);
      case 'fail':
        return this.#fail(step.serial, step.reason);
      case 'signal': {
        const { serial, to, event } = step;
        this.#invocation(serial);
        return this.#signal({ kind: 'signal', serial, to, event, prompt: false });
      }
      case 'force': {
        if (!this.guards.includes(step.guard)) {
          throw new InvalidInput(`There is no guard "${step.guard}" to force. There are: ${this.guards.join(', ') || 'none'}.`);
        }
        if (step.outcome === null) this.#forced.delete(step.guard);
        else this.#forced.set(step.guard, step.outcome);
        return {};
      }
    }
  }

  #advance(ms: number): TurnResult {
    const until = this.#now + ms;
    for (let wakes = 0; ; wakes += 1) {
      const due = this.#start === undefined ? null : this.#actor.earliestDue();
      if (due === null || due > until) break;
      if (wakes === MOST_WAKES) throw new InvalidInput(`More than ${MOST_WAKES} timers fire within ${ms} ms. Advance by less.`);
      this.#now = Math.max(this.#now, due);
      this.#turn({ kind: 'wake', claimed: false });
    }
    this.#now = until;
    return {};
  }

  #settle(serial: number, output: Json): TurnResult {
    const invocation = this.#invocation(serial);
    if (!this.givesOutput(invocation)) {
      throw new InvalidInput(
        `"${invocation.id}" is no promise and has no output. Use a step {do: "signal"} with an event that its code sends.`,
      );
    }
    return this.#signal({ kind: 'signal', serial, to: 'self', event: { type: 'xstate.promise.resolve', data: output }, prompt: false });
  }

  #fail(serial: number, reason: string): TurnResult {
    const effect = this.#effects.find((item) => item.serial === serial);
    if (effect !== undefined) {
      this.#effects = this.#effects.filter((item) => item !== effect);
      return this.#turn(failureMessage(effect, 'sandbox', reason));
    }
    const logic = this.#machine.logic(this.#invocation(serial).path);
    const error = new Error(reason);
    const rejected: MachineEvent =
      logic && isPromiseLogic(logic) ? { type: 'xstate.promise.reject', data: error } : { type: RUN_FAILED, error };
    const failure = eventToJson(rejected, 'event');
    return this.#signal({ kind: 'signal', serial, to: 'self', event: failure, prompt: false });
  }

  #invocation(serial: number): PendingInvocation {
    const invocation = this.#invocations.find((pending) => pending.serial === serial);
    if (invocation !== undefined) return invocation;
    const waiting = this.#invocations.map((pending) => `${pending.serial} (${pending.id})`).join(', ') || 'none';
    throw new InvalidInput(`Nothing here has the serial ${serial}. Invocations that wait for an outcome: ${waiting}.`);
  }

  #signal(input: (MessageContent & { readonly kind: 'signal' })['input']): TurnResult {
    return this.#turn({ kind: 'signal', sessionId: this.#row.id, input, eventId: null });
  }

  #turn(content: MessageContent): TurnResult {
    const result = this.#commit(content);
    // Code that the machine sends to at once is not run, so it sends nothing back.
    for (let answers = 0; ; answers += 1) {
      const call = this.#start?.snapshot?.interruptedStep?.openCall;
      if (call === undefined) return result;
      if (answers === MOST_ANSWERS) throw new InvalidInput(`One step waits for code more than ${MOST_ANSWERS} times.`);
      const input = { kind: 'answer', serial: call.serial, call: call.call, sent: [] } as const;
      this.#commit({ kind: 'signal', sessionId: this.#row.id, input, eventId: null });
    }
  }

  /** One turn, with what a store and an outbox would make of its commit. */
  #commit(content: MessageContent): TurnResult {
    if (this.#start === undefined) return closedReceipt(this.#row);
    const message: MailboxMessage = { content, settle: () => {}, fail: () => {}, deadline: Number.POSITIVE_INFINITY };
    const { actor: _, ...start } = this.#start;
    const turn = new TurnComputation(this.#registry, start, this.#now, true).play([message]);
    const { session, journal, work, settled } = turn.commit;
    this.#row = session;
    this.#journal.push(...journal);
    if (turn.next.open) {
      this.#start = turn.next.start;
      this.#actor = turn.next.start.actor ?? this.#actor;
    } else {
      this.#start = undefined;
      this.#actor = HostedActor.restore(this.#machine.definition, decodeSnapshot(session.snapshot));
    }
    this.#effects = [...this.#effects.filter(({ serial }) => !settled.includes(serial)), ...work.filter(({ kind }) => kind === 'effect')];
    const started = work.flatMap((item) => (item.kind === 'invocation' ? [pendingOf(item)] : []));
    this.#invocations = [...this.#invocations, ...started].filter(({ serial }) => this.#actor.runs(serial));
    return turn.receipts.get(message) ?? {};
  }

  #guarded(machine: RegisteredMachine): { readonly machine: RegisteredMachine; readonly guards: readonly string[] } {
    const guarded = withForcedGuards(machine.definition.machine, (guard) => this.#forced.get(guard));
    const parts = validateMachine(guarded.machine, (type) => this.#registry.effect(type) !== undefined);
    return { guards: guarded.guards, machine: { ...parts, definition: { ...machine.definition, machine: guarded.machine } } };
  }
}

function openingOf(registry: Registry, { assistant, sessionId, at, input = null }: SandboxStart & { readonly kind: 'machine' }): TurnStart {
  const address = formatAddress({ channel: 'sandbox', account: 'default', peer: sessionId });
  return openingStart(registry, { sessionId, address, assistant, now: at, previousId: null, hint: input }, undefined);
}

function registered(
  registry: Registry,
  name: string,
  { id, version }: { readonly id: string; readonly version: number },
): RegisteredMachine {
  const quarantine = registry.quarantine?.binding.name === name ? registry.quarantine : undefined;
  const assistant = registry.assistant(name) ?? quarantine;
  if (assistant === undefined) throw new InvalidInput(`There is no assistant "${name}".`);
  return assistant.machineOf(assistant.versions.find(id, version));
}

function columnsOf({ state, handler, agentId, tags, queue, waitingSince }: SessionFacts) {
  return { state, handler, agentId: agentId ?? null, tags: tags ?? [], queue: queue ?? null, waitingSince: waitingSince ?? null };
}

function pendingOf({ serial, type, payload }: WorkItem): PendingInvocation {
  const path: unknown = Reflect.get(Object(payload), 'path');
  const input: Json | undefined = Reflect.get(Object(payload), 'input');
  return { serial, id: type, path: Array.isArray(path) ? path.map(String) : [], input: input ?? null };
}
