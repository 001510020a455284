/**
 * Executable content of SCXML. A block runs on a copy of the data and yields what it does, in
 * order. XState then does that. An error ends the block and raises `error.execution`.
 */
import type { Data, Datamodel, Scope } from './datamodel.ts';
import { childrenNamed, type Element } from './document.ts';

/** An event as the converted machines send it. */
export interface ScxmlEvent {
  readonly type: string;
  readonly data?: unknown;
  readonly sendid?: string;
  readonly origin?: string;
  readonly invokeid?: string;
  readonly kind: 'internal' | 'external' | 'platform';
}

export type Command =
  | { readonly do: 'raise'; readonly event: ScxmlEvent }
  /** To an actor by its id, the parent (`#_parent`), or the session itself. */
  | { readonly do: 'send'; readonly to: string | undefined; readonly event: ScxmlEvent; readonly id: string; readonly delay: number }
  | { readonly do: 'cancel'; readonly id: string };

export interface Outcome {
  readonly data: Data;
  /** Events that the session has sent, this block's among them. They number the ids made up. */
  readonly sent: number;
  readonly commands: readonly Command[];
}

export interface Surroundings {
  readonly model: Datamodel;
  readonly readFile: (src: string) => string;
  /** Ids of invocations that an event can be sent to. */
  readonly invocations: readonly string[];
  /** The id by which this session's parent knows it. */
  readonly invokedAs: string | undefined;
}

const PROCESSOR = /^(scxml|http:\/\/www\.w3\.org\/TR\/scxml\/?(#SCXMLEventProcessor)?)$/;

export const ERROR: ScxmlEvent = { type: 'error.execution', kind: 'platform' };
const UNREACHABLE: ScxmlEvent = { type: 'error.communication', kind: 'platform' };

export function runBlock(elements: readonly Element[], before: Scope, sent: number, around: Surroundings): Outcome {
  const block = new Block(before, sent, around);
  try {
    block.run(elements);
  } catch {
    block.commands.push({ do: 'raise', event: block.sending === undefined ? ERROR : { ...ERROR, sendid: block.sending } });
  }
  return { data: block.scope.data, sent: block.sent, commands: block.commands };
}

class Block {
  readonly commands: Command[] = [];
  scope: Scope;
  sent: number;
  /** The id of the event that is being sent, if the document knows it. */
  sending: string | undefined;
  readonly #around: Surroundings;

  constructor(scope: Scope, sent: number, around: Surroundings) {
    this.scope = scope;
    this.sent = sent;
    this.#around = around;
  }

  run(elements: readonly Element[]): void {
    for (const element of elements) this.#element(element);
  }

  #element(element: Element): void {
    const { attributes: given, text } = element;
    switch (element.name) {
      case 'raise':
        this.commands.push({ do: 'raise', event: { type: given.event ?? '', kind: 'internal' } });
        break;
      case 'send':
        this.#send(element);
        this.sending = undefined;
        break;
      case 'cancel':
        this.commands.push({ do: 'cancel', id: given.sendid ?? String(this.#value(given.sendidexpr ?? '')) });
        break;
      case 'log':
        if (given.expr !== undefined) this.#value(given.expr);
        break;
      case 'assign':
        this.#assign(given.location ?? '', given.expr === undefined ? literal(text) : this.#value(given.expr));
        break;
      case 'script':
        this.#setData(this.#around.model.run(given.src === undefined ? text : this.#around.readFile(given.src), this.scope));
        break;
      case 'if':
        this.#if(element);
        break;
      case 'foreach':
        this.#foreach(element);
        break;
      default:
        throw new Error(`${element.name} is no executable content`);
    }
  }

  #if(element: Element): void {
    const isBranch = ({ name }: Element): boolean => name === 'elseif' || name === 'else';
    let taken = Boolean(this.#value(element.attributes.cond ?? ''));
    let wasTaken = taken;
    for (const child of element.children) {
      if (isBranch(child)) {
        taken = !wasTaken && (child.name === 'else' || Boolean(this.#value(child.attributes.cond ?? '')));
        wasTaken ||= taken;
      } else if (taken) this.#element(child);
    }
  }

  #foreach({ attributes: { array = '', item = '', index }, children }: Element): void {
    const items = this.#value(array);
    if (!Array.isArray(items)) throw new Error(`${array} is no array`);
    for (const name of [item, index]) {
      if (name === undefined) continue;
      if (!/^[\p{L}$][\p{L}\p{N}$_]*$/u.test(name)) throw new Error(`${name} is no name`);
      if (!(name in this.scope.data)) this.#setData({ ...this.scope.data, [name]: undefined });
    }
    for (const [place, value] of items.entries()) {
      this.#assign(item, value);
      if (index !== undefined) this.#assign(index, place);
      this.run(children);
    }
  }

  #send(element: Element): void {
    const { attributes: given } = element;
    const either = (name: string, expression: string | undefined): string | undefined =>
      expression === undefined ? given[name] : String(this.#value(expression));
    const type = either('type', given.typeexpr);
    const target = either('target', given.targetexpr);
    const name = either('event', given.eventexpr) ?? '';
    const delay = milliseconds(either('delay', given.delayexpr));
    const id = given.id ?? `sent.${this.sent++}`;
    this.sending = given.id ?? (given.idlocation === undefined ? undefined : id);
    const { session } = this.scope;
    const { invokedAs, invocations } = this.#around;
    if (given.idlocation !== undefined) this.#assign(given.idlocation, id);
    if (type !== undefined && !PROCESSOR.test(type)) throw new Error(`there is no processor ${type}`);
    const data = payloadOf(element, (expression) => this.#value(expression));
    const parts = { type: name, ...(data === undefined ? {} : { data }), ...(this.sending === undefined ? {} : { sendid: id }) };
    if (target === '#_internal') {
      this.commands.push({ do: 'raise', event: { ...parts, kind: 'internal' } });
      return;
    }
    const toChild = invocations.find((child) => target === `#_${child}`);
    const toSelf = target === undefined || target === `#_scxml_${session}`;
    if (target !== undefined && !target.startsWith('#_')) throw new Error(`${target} is no target`);
    if (!toSelf && toChild === undefined && (target !== '#_parent' || invokedAs === undefined)) {
      this.commands.push({ do: 'raise', event: UNREACHABLE });
      return;
    }
    const origin = toSelf ? `#_scxml_${session}` : toChild === undefined ? `#_${invokedAs}` : '#_parent';
    const invokeid = target === '#_parent' && invokedAs !== undefined ? { invokeid: invokedAs } : {};
    const to = toSelf ? undefined : (toChild ?? '#_parent');
    this.commands.push({ do: 'send', to, event: { ...parts, origin, ...invokeid, kind: 'external' }, id, delay });
  }

  #value(expression: string): unknown {
    return this.#around.model.value(expression, this.scope);
  }

  #assign(location: string, value: unknown): void {
    this.#setData(this.#around.model.assign(location, value, this.scope));
  }

  #setData(data: Data): void {
    this.scope = { ...this.scope, data };
  }
}

/** The data of an event, a done state or an invocation. */
export function payloadOf(element: Element, value: (expression: string) => unknown): unknown {
  const [content] = childrenNamed(element, 'content');
  if (content) return content.attributes.expr === undefined ? literal(content.text) : value(content.attributes.expr);
  const names = element.attributes.namelist?.split(/\s+/).filter(Boolean) ?? [];
  const params = childrenNamed(element, 'param');
  if (names.length + params.length === 0) return undefined;
  const data: Record<string, unknown> = {};
  for (const name of names) data[name] = value(name);
  for (const {
    attributes: { name = '', expr, location = '' },
  } of params)
    data[name] = value(expr ?? location);
  return data;
}

/** Text in a document is read as JSON, or else as text. */
export function literal(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text.replace(/\s+/g, ' ').trim();
  }
}

function milliseconds(duration: string | undefined): number {
  if (duration === undefined || duration === '') return 0;
  const [, count, unit] = /^\s*([\d.]+)\s*(ms|s)\s*$/.exec(duration) ?? [];
  if (count === undefined) throw new Error(`${duration} is no duration`);
  return Number(count) * (unit === 's' ? 1_000 : 1);
}
