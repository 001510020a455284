/**
 * The order in which the actors of one session hear what they are sent.
 *
 * XState processes a callback's first words at once: what it sends while it starts, or while it is told something, stands
 * in its parent's mailbox before anything that happens later in the same step. Here that code runs after the commit, so
 * the parent's mailbox keeps a place for what the code is about to say, and the parent waits until it was said. What
 * waits is stored with the session.
 *
 * Owns: a mailbox for each actor, and the places kept in it. Does not own: XState's own mailbox, which never holds more
 * than the one event that is being processed.
 *
 * Invariants: an actor in whose mailbox a place is kept processes nothing. What the awaited one sends goes before its
 * place, everything else behind it. An actor that was stopped while it waited, or while it was awaited, holds up nobody.
 */
import type { AnyActorRef, EventObject } from 'xstate';
import type { Json, MachineEvent } from '#machines/definition.ts';
import { fromJson, toData } from './json.ts';

/** Kept for running code that has not caught up, or for a child that itself waits. */
interface Place {
  readonly awaits: number;
  readonly code: boolean;
}

type Letter = Place | { readonly from: number | null; readonly event: EventObject };

const SNAPSHOT = /^xstate\.snapshot\./;

interface Box {
  readonly actor: AnyActorRef;
  readonly letters: Letter[];
}

/** What waits in the mailboxes, as it is stored. */
export type StoredMailboxes = readonly {
  readonly to: number;
  readonly letters: readonly (Place | { readonly from: number | null; readonly event: Json })[];
}[];

/** XState's own number for an actor that has ended. */
const STOPPED = 2;

export class Mailboxes {
  readonly #boxes = new Map<number, Box>();
  /** Actors whose code is on the stack. */
  readonly #busy = new Set<number>();
  readonly #starting = new Set<number>();
  /** Leaves whose next snapshot, if anyone is to hear of it, belongs behind the last place that is kept for them. */
  readonly #toBeSeen = new Set<number>();
  readonly #serialOf: (actor: AnyActorRef) => number;
  /** Undefined for an actor that has ended. */
  readonly #actorOf: (serial: number) => AnyActorRef | undefined;

  constructor(serialOf: (actor: AnyActorRef) => number, actorOf: (serial: number) => AnyActorRef | undefined) {
    this.#serialOf = serialOf;
    this.#actorOf = actorOf;
  }

  /** True when nobody waits for anything. */
  get empty(): boolean {
    return this.#boxes.size === 0;
  }

  relay(source: AnyActorRef | undefined, target: AnyActorRef, event: EventObject): void {
    if (hasStopped(target)) return;
    const from = source === undefined ? null : this.#serialOf(source);
    const { letters } = this.#box(target);
    const isFrom = (letter: Letter): boolean => 'awaits' in letter && letter.awaits === from;
    // A leaf's snapshot is due after what its code says while it starts, or is told something, and not if that throws.
    const isBehind = from !== null && SNAPSHOT.test(event.type) && this.#toBeSeen.delete(from);
    const place = from === null ? -1 : isBehind ? letters.findLastIndex(isFrom) + 1 || -1 : letters.findIndex(isFrom);
    letters.splice(place < 0 ? letters.length : place, 0, { from, event });
    this.#drain(target);
  }

  /** Runs an actor's start: it hears nothing before that is through. */
  start(actor: AnyActorRef, start: () => unknown): void {
    const serial = this.#serialOf(actor);
    this.#starting.add(serial);
    try {
      start();
    } finally {
      this.#starting.delete(serial);
    }
    this.#drain(actor);
  }

  /** Keeps a place in `parent`'s mailbox for what the code behind `leaf` is about to say. */
  keepPlace(leaf: AnyActorRef, parent: AnyActorRef): void {
    const serial = this.#serialOf(leaf);
    this.#box(parent).letters.push({ awaits: serial, code: true });
    this.#toBeSeen.add(serial);
  }

  awaits(serial: number): boolean {
    return this.#places(serial).length > 0;
  }

  /** The code behind a leaf has started, or was told something: `alive`, its snapshot is due now; if not, none ever is. */
  begun(serial: number, alive: boolean): void {
    for (const { letters, letter } of alive ? this.#places(serial).slice(0, 1) : this.#places(serial)) {
      const at = letters.indexOf(letter);
      const next = letters[at + 1];
      if (!next || 'awaits' in next || next.from !== serial || !SNAPSHOT.test(next.event.type)) continue;
      letters.splice(at, 2, ...(alive ? [next, letter] : [letter]));
    }
  }

  /** The code behind a leaf has caught up: with everything, or with the first thing that it was told. */
  caughtUp(serial: number, everything: boolean): void {
    for (const { letters, letter } of everything ? this.#places(serial) : this.#places(serial).slice(0, 1)) {
      letters.splice(letters.indexOf(letter), 1);
    }
  }

  /** Lets go on whoever need not wait any more. To be called when nothing is on the stack. */
  settle(): void {
    if (this.#boxes.size === 0) return;
    for (let moved = true; moved; ) {
      moved = false;
      // Children first: their serials are higher than their parents'.
      for (const serial of [...this.#boxes.keys()].sort((a, b) => b - a)) moved = this.#goOn(serial) || moved;
    }
  }

  /** Returns true if the mailbox became shorter. */
  #goOn(serial: number): boolean {
    const box = this.#boxes.get(serial);
    if (!box) return false;
    const before = box.letters.length;
    for (const letter of [...box.letters]) {
      if ('awaits' in letter && this.#isOver(letter)) box.letters.splice(box.letters.indexOf(letter), 1);
    }
    this.#drain(box.actor);
    return box.letters.length < before;
  }

  #isOver({ awaits, code }: Place): boolean {
    const actor = this.#actorOf(awaits);
    return actor === undefined || hasStopped(actor) || (!code && !this.#boxes.has(awaits));
  }

  #drain(actor: AnyActorRef): void {
    const serial = this.#serialOf(actor);
    const box = this.#boxes.get(serial);
    if (!box || this.#busy.has(serial) || this.#starting.has(serial) || !hasStarted(actor)) return;
    while (box.letters.length > 0 && !hasStopped(actor)) {
      if (box.letters.some((letter) => 'awaits' in letter)) return this.#holdUpParent(actor);
      const letter = box.letters.shift();
      if (!letter || 'awaits' in letter) continue;
      this.#busy.add(serial);
      try {
        deliver(actor, letter.event);
      } finally {
        this.#busy.delete(serial);
      }
    }
    this.#boxes.delete(serial);
  }

  /** In XState the parent would go on only after this actor is through. */
  #holdUpParent(actor: AnyActorRef): void {
    const parent: AnyActorRef | undefined = actor._parent;
    if (parent === undefined) return;
    const above = this.#serialOf(parent);
    const serial = this.#serialOf(actor);
    if (!this.#busy.has(above) && !this.#starting.has(above)) return;
    const { letters } = this.#box(parent);
    if (!letters.some((letter) => 'awaits' in letter && letter.awaits === serial)) letters.push({ awaits: serial, code: false });
  }

  #places(serial: number): { readonly letters: Letter[]; readonly letter: Letter }[] {
    return [...this.#boxes.values()].flatMap(({ letters }) =>
      letters.flatMap((letter) => ('awaits' in letter && letter.code && letter.awaits === serial ? [{ letters, letter }] : [])),
    );
  }

  #box(actor: AnyActorRef): Box {
    const serial = this.#serialOf(actor);
    const box = this.#boxes.get(serial) ?? { actor, letters: [] };
    this.#boxes.set(serial, box);
    return box;
  }

  persist(): StoredMailboxes {
    return [...this.#boxes].map(([to, { letters }]) => ({
      to,
      letters: letters.map((letter) =>
        'awaits' in letter ? letter : { from: letter.from, event: toData(letter.event, `event "${letter.event.type}"`) },
      ),
    }));
  }

  restore(stored: StoredMailboxes): void {
    for (const { to, letters } of stored) {
      const actor = this.#actorOf(to);
      if (!actor) continue;
      const restored = letters.map((letter) =>
        'awaits' in letter ? letter : { from: letter.from, event: fromJson(structuredClone(letter.event)) as MachineEvent },
      );
      this.#boxes.set(to, { actor, letters: restored });
    }
  }
}

/** One that was restored after its end is never started: it hears nothing any more either. */
function hasStopped(actor: AnyActorRef): boolean {
  if (hasStarted(actor)) return Reflect.get(actor, '_processingStatus') === STOPPED;
  const status: unknown = Reflect.get(Object(Reflect.get(actor, '_snapshot')), 'status');
  return status !== undefined && status !== 'active';
}

function hasStarted(actor: AnyActorRef): boolean {
  return Reflect.get(actor, '_processingStatus') !== 0;
}

function deliver(target: AnyActorRef, event: EventObject): void {
  const send: (event: EventObject) => void = Reflect.get(target, '_send');
  send.call(target, event);
}
