/**
 * The entries of a journal as the second count reads them, each with the event that took effect
 * with it. Inputs that waited for code take effect later than they were stored.
 */
export interface JournalSession {
  readonly id: string;
  readonly address: string;
  readonly assistant: string;
  readonly openedAt: number;
  readonly entries: readonly { readonly seq: number; readonly at: number; readonly kind: string; readonly payload: unknown }[];
}

export type Plain = Readonly<Record<string, unknown>>;
export const plain = (value: unknown): Plain => Object(value);

export interface Line {
  readonly index: number;
  readonly at: number;
  readonly kind: string;
  readonly payload: Plain;
  /** The event that took effect with it. */
  readonly event: Plain | undefined;
  readonly isTimer: boolean;
  /** Of the code that sent the event. */
  readonly serial: unknown;
}

export function linesOf({ entries }: JournalSession): readonly Line[] {
  const held: Plain[] = [];
  return entries.map(({ at, kind, payload: given }, index) => {
    const payload = plain(given);
    let input = plain(payload.stimulus);
    let isHeld = false;
    if (input.kind === 'hold') {
      if (input.first === true) held.unshift(plain(input.stimulus));
      else held.push(plain(input.stimulus));
      isHeld = true;
    }
    if (input.kind === 'release' || input.kind === 'skip') input = held.shift() ?? {};
    const applies = !isHeld && kind !== 'parked' && payload.ignored === undefined && payload.refused === undefined;
    const event = applies && (input.kind === 'event' || input.kind === 'signal') ? plain(input.event) : undefined;
    return { index, at, kind, payload, event, isTimer: applies && input.kind === 'timer', serial: input.serial };
  });
}

export function isCustomer({ event }: Line): boolean {
  return event?.type === 'customer.message' || event?.type === 'customer.command';
}

export function isBot({ kind, payload }: Line): boolean {
  return kind === 'assistant.message' && payload.effect !== undefined;
}

export function isHuman({ kind, payload, event }: Line): boolean {
  return (kind === 'agent.message' && payload.effect !== undefined) || event?.type === 'agent.echo';
}

export function isMove({ kind, payload }: Line): boolean {
  return kind === 'transition' && payload.to !== undefined && payload.stimulus === undefined;
}

export function stateIn(line: Line, end: 'from' | 'to'): string {
  return String(plain(line.payload[end]).state);
}

/** Who takes a session by an event. */
export function takerIn({ event }: Line, isHeld: boolean): string | undefined {
  const id = (who: unknown): string | undefined => (who === undefined ? undefined : String(plain(who).id));
  if (event?.type === 'agent.claim' || event?.type === 'agent.assign' || event?.type === 'agent.message') return id(event.agent);
  if (event?.type === 'agent.echo') return isHeld ? undefined : id(event.agent);
  return event?.type === 'agent.transfer' ? id(event.to) : undefined;
}
