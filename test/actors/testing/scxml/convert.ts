/**
 * Converts SCXML documents to XState machines. States, histories, transitions and
 * invocations become XState's. Executable content becomes one `enqueueActions` a block.
 *
 * All transitions of a state that take an event are under `*` with a guard for the name, because
 * SCXML takes the first that matches in the order of the document, and XState the most specific.
 */
import { type AnyStateMachine, createMachine, type EventObject, enqueueActions } from 'xstate';
import { type Command, ERROR, literal, payloadOf, runBlock, type Surroundings } from './content.ts';
import { type Data, Datamodel, type Scope } from './datamodel.ts';
import { childrenNamed, type Element } from './document.ts';

interface Context {
  readonly data: Data;
  /** Ids of the states that the machine is in, for `In()`. */
  readonly active: readonly string[];
  /** States with late data that were entered. */
  readonly bound: readonly string[];
  readonly session: string;
  readonly sent: number;
  readonly failed: boolean;
}

interface Input {
  readonly session: string;
  readonly data: Data;
}

/** A state's part of a machine's config. */
type Config = Readonly<Record<string, unknown>>;

const STATES = ['state', 'parallel', 'final', 'history'];
/** No two ids of a document are alike in this form, in which XState can name them. */
export const keyOf = (id: string): string => id.replace(/[.#]/g, '_');

export interface Files {
  readonly read: (src: string) => string;
  readonly document: (src: string) => Element;
}

export function convert(document: Element, files: Files, invokedAs?: string): AnyStateMachine {
  return new Conversion(document, files, invokedAs).machine();
}

class Conversion {
  readonly #document: Element;
  readonly #files: Files;
  readonly #around: Surroundings & { readonly invocations: string[] };
  readonly #machines: Record<string, AnyStateMachine> = {};
  readonly #ids = new Map<Element, string>();
  readonly #late: boolean;
  readonly #model: Datamodel;

  constructor(document: Element, files: Files, invokedAs: string | undefined) {
    this.#document = document;
    this.#files = files;
    this.#late = document.attributes.binding === 'late';
    const scripts = childrenNamed(document, 'script').map(({ attributes: { src }, text }) => (src === undefined ? text : files.read(src)));
    this.#model = new Datamodel(document.attributes.name ?? '', scripts);
    this.#around = { model: this.#model, readFile: files.read, invocations: [], invokedAs };
    this.#nameStates(document);
  }

  #nameStates(element: Element): void {
    for (const child of childrenNamed(element, ...STATES)) {
      this.#ids.set(child, child.attributes.id ?? `unnamed ${this.#ids.size}`);
      this.#nameStates(child);
    }
  }

  machine(): AnyStateMachine {
    const config = {
      id: 'document',
      context: ({ input }: { readonly input?: Input }) => this.#context(input),
      output: ({ event }: { readonly event: { readonly output?: unknown } }) => event.output,
      ...this.#inside(this.#document),
      entry: enqueueActions(({ context, enqueue }) => {
        if ((context as Context).failed) enqueue.raise(ERROR);
      }),
    };
    return createMachine(config as Parameters<typeof createMachine>[0]).provide({ actors: this.#machines });
  }

  #context(input: Input | undefined): Context {
    const session = input?.session ?? 'session';
    const given = input?.data ?? {};
    let failed = false;
    let data = this.#model.scriptData();
    const declare = (element: Element, isTop: boolean): void => {
      for (const each of childrenNamed(element, 'datamodel').flatMap((model) => childrenNamed(model, 'data'))) {
        const id = each.attributes.id ?? '';
        data = { ...data, [id]: undefined };
        if (this.#late && !isTop) continue;
        try {
          const value = isTop && id in given ? given[id] : this.#initial(each, { data, event: undefined, session, active: [] });
          data = { ...data, [id]: value };
        } catch {
          failed = true;
        }
      }
      for (const child of childrenNamed(element, ...STATES)) declare(child, false);
    };
    declare(this.#document, true);
    return { data, active: [], bound: [], session, sent: 0, failed };
  }

  #initial({ attributes: { expr, src }, text }: Element, scope: Scope): unknown {
    if (expr !== undefined) return this.#model.value(expr, scope);
    if (src !== undefined) return literal(this.#files.read(src));
    return text.trim() === '' ? undefined : this.#content(text, scope);
  }

  /** Text in a data element is an expression if it can be one. */
  #content(text: string, scope: Scope): unknown {
    try {
      return this.#model.value(text, scope);
    } catch {
      return literal(text);
    }
  }

  /** The substates and the initial state of a state or document. */
  #inside(element: Element): Config {
    const children = childrenNamed(element, ...STATES);
    const states = Object.fromEntries(children.map((child) => [this.#key(child), this.#state(child)]));
    const [first] = children.filter(({ name }) => name !== 'history');
    if (element.name === 'parallel') return { type: 'parallel', states };
    if (first === undefined) return {};
    const [initial] = childrenNamed(element, 'initial');
    const [transition] = initial ? childrenNamed(initial, 'transition') : [];
    const targets = (transition?.attributes.target ?? element.attributes.initial ?? '').split(/\s+/).filter(Boolean);
    const [only] = targets;
    const isChild = children.some((child) => child.name !== 'history' && this.#ids.get(child) === only);
    if (targets.length === 0) return { initial: this.#key(first), states };
    if (targets.length === 1 && isChild && !transition?.children.length) return { initial: keyOf(only ?? ''), states };
    // XState knows no initial transition to anything but one child.
    const begin = { always: { target: targets.map((id) => `#${keyOf(id)}`), actions: this.#block(transition?.children ?? []) } };
    return { initial: 'begin', states: { begin, ...states } };
  }

  /** Ids of all states below this one. */
  #below(element: Element): readonly string[] {
    return childrenNamed(element, ...STATES).flatMap((child) => [this.#ids.get(child) ?? '', ...this.#below(child)]);
  }

  #key(element: Element): string {
    return keyOf(this.#ids.get(element) ?? '');
  }

  #state(element: Element): Config {
    const id = this.#ids.get(element) ?? '';
    const named = { id: keyOf(id) };
    if (element.name === 'history') {
      const [transition] = childrenNamed(element, 'transition');
      const [target] = (transition?.attributes.target ?? '').split(/\s+/);
      const type = element.attributes.type === 'deep' ? 'deep' : 'shallow';
      return { ...named, type: 'history', history: type, ...(target ? { target: `#${keyOf(target)}` } : {}) };
    }
    const transitions = childrenNamed(element, 'transition');
    const eventless = transitions.filter(({ attributes: { event } }) => event === undefined);
    const others = transitions.filter(({ attributes: { event } }) => event !== undefined);
    const blocks = (name: string) => childrenNamed(element, name).map(({ children }) => this.#block(children));
    const [done] = childrenNamed(element, 'donedata');
    return {
      ...named,
      ...(element.name === 'final' ? { type: 'final' } : this.#inside(element)),
      entry: [this.#enter(id, element), ...blocks('onentry')],
      exit: [...blocks('onexit'), this.#leave(id)],
      ...(eventless.length > 0 ? { always: eventless.map((transition) => this.#transition(transition, element)) } : {}),
      ...(others.length > 0 ? { on: { '*': others.map((transition) => this.#transition(transition, element)) } } : {}),
      ...(done ? { output: ({ context, event }: Step) => this.#payload(done, this.#scope(context, event))?.value } : {}),
      invoke: childrenNamed(element, 'invoke').map((invoke, index) => this.#invoke(invoke, `${id}.${index}`)),
    };
  }

  #transition({ attributes: { event, cond, target, type }, children }: Element, source: Element): object {
    const targets = target
      ?.split(/\s+/)
      .filter(Boolean)
      .map((id) => `#${keyOf(id)}`);
    const inside = this.#below(source).map((id) => `#${keyOf(id)}`);
    const isInternal = type === 'internal' && source.name === 'state' && targets?.every((id) => inside.includes(id));
    const guard = ({ context, event: taken }: Step): boolean => {
      if (event !== undefined && !matches(nameOf(taken, this.#ids), event)) return false;
      if (cond === undefined) return true;
      try {
        return Boolean(this.#model.value(cond, this.#scope(context, taken)));
      } catch {
        return false;
      }
    };
    return { ...(targets ? { target: targets, reenter: !isInternal } : {}), guard, actions: this.#block(children) };
  }

  #invoke(element: Element, made: string): object {
    const id = element.attributes.id ?? made;
    const [content] = childrenNamed(element, 'content');
    const src = element.attributes.src;
    const document = content?.children[0] ?? (src === undefined ? undefined : this.#files.document(src));
    if (document === undefined) throw new Error('only documents that are known before they run can be invoked');
    this.#around.invocations.push(id);
    this.#machines[id] = convert(document, this.#files, id);
    const given = { ...element, children: childrenNamed(element, 'param') };
    const input = ({ context, event }: Step): Input => {
      const payload = this.#payload(given, this.#scope(context, event));
      return { session: id, data: Object(payload?.value ?? {}) };
    };
    return { src: id, id, input };
  }

  /** Undefined if an expression in it throws. */
  #payload(element: Element, scope: Scope): { readonly value: unknown } | undefined {
    try {
      return { value: payloadOf(element, (expression) => this.#model.value(expression, scope)) };
    } catch {
      return undefined;
    }
  }

  #enter(id: string, element: Element) {
    const late = this.#late ? childrenNamed(element, 'datamodel').flatMap((model) => childrenNamed(model, 'data')) : [];
    const ids = childrenNamed(element, 'invoke').flatMap(({ attributes: { id: given, idlocation } }, index) =>
      idlocation === undefined ? [] : [{ location: idlocation, id: given ?? `${id}.${index}` }],
    );
    const [done] = childrenNamed(element, 'donedata');
    return enqueueActions(({ context, event, enqueue }) => {
      const { data, active, bound } = context as Context;
      let next = data;
      const scope = this.#scope(context as Context, event);
      if (!bound.includes(id))
        for (const each of late) next = { ...next, [each.attributes.id ?? '']: this.#initial(each, { ...scope, data: next }) };
      for (const each of ids) next = this.#model.assign(each.location, each.id, { ...scope, data: next });
      if (done && !this.#payload(done, { ...scope, data: next })) enqueue.raise(ERROR);
      enqueue.assign({ data: next, active: [...active, id], bound: bound.includes(id) ? bound : [...bound, id] });
    });
  }

  #leave(id: string) {
    return enqueueActions(({ context, enqueue }) => {
      enqueue.assign({ active: (context as Context).active.filter((other) => other !== id) });
    });
  }

  #block(elements: readonly Element[]) {
    return enqueueActions(({ context, event, enqueue }) => {
      const { commands, ...after } = runBlock(elements, this.#scope(context as Context, event), (context as Context).sent, this.#around);
      enqueue.assign(after);
      for (const command of commands) enqueueCommand(enqueue as Enqueue, command);
    });
  }

  #scope({ data, session, active }: Context, event: EventObject): Scope {
    return { data, session, active, event: event.type === 'xstate.init' ? undefined : systemEvent(event, this.#ids) };
  }
}

interface Step {
  readonly context: Context;
  readonly event: EventObject;
}

/** What this file uses of `enqueue`, whose type depends on each machine's. */
interface Enqueue {
  raise: (event: EventObject) => void;
  cancel: (id: string) => void;
  sendTo: (target: (step: { self: unknown; system: unknown }) => unknown, event: EventObject, options: object) => void;
}

function enqueueCommand(enqueue: Enqueue, command: Command): void {
  if (command.do === 'raise') enqueue.raise(command.event);
  else if (command.do === 'cancel') enqueue.cancel(command.id);
  else {
    const { to, event, id, delay } = command;
    const target = ({ self }: { readonly self: unknown }): unknown => to ?? self;
    // The scripts of the suite expect what a session sends itself with the next event, not with
    // this one. To others it is sent at once, because timers end with their session.
    enqueue.sendTo(target, event, { id, ...(to === undefined || delay > 0 ? { delay } : {}) });
  }
}

/** Does one of the descriptors match the name, by whole tokens? */
function matches(name: string, descriptors: string): boolean {
  return descriptors
    .split(/\s+/)
    .map((descriptor) => descriptor.replace(/\.\*?$/, ''))
    .some((descriptor) => descriptor === '*' || name === descriptor || name.startsWith(`${descriptor}.`));
}

/** The name that SCXML gives the event. */
function nameOf({ type }: EventObject, ids: ReadonlyMap<Element, string>): string {
  const [, kind, key = ''] = /^xstate\.(done\.state|done\.actor|error\.actor)\.(.*)$/.exec(type) ?? [];
  if (kind === 'done.state') return `done.state.${[...ids.values()].find((id) => keyOf(id) === key) ?? key}`;
  if (kind === 'done.actor') return `done.invoke.${key}`;
  return kind === 'error.actor' ? 'error.communication' : type;
}

/** The event as `_event` shows it. */
function systemEvent(event: EventObject, ids: ReadonlyMap<Element, string>): object {
  const { data, output, sendid, origin, invokeid, kind, actorId } = event as EventObject & Readonly<Record<string, unknown>>;
  return {
    name: nameOf(event, ids),
    type: kind ?? (event.type.startsWith('xstate.') ? 'platform' : 'external'),
    data: structuredClone(data ?? output),
    sendid,
    origin,
    origintype: kind === 'external' ? 'http://www.w3.org/TR/scxml/#SCXMLEventProcessor' : undefined,
    invokeid: invokeid ?? actorId,
  };
}
