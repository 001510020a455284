/** What a turn made of one message, and the receipts of messages that no turn takes. */
import type { SessionRow } from '#storage/port.ts';
import type { Receipt } from '../contract/api.ts';
import type { Step } from '../interpreter/step.ts';

/** What a turn made of one message. If nothing is set, it was applied. */
export interface TurnResult {
  readonly ignored?: string;
  readonly refused?: NonNullable<Receipt['refused']>;
  readonly parked?: string;
  readonly duplicate?: boolean;
  /** A step waits for code. The message is applied after that. */
  readonly pending?: true;
}

/** The message took effect. */
export const APPLIED: TurnResult = {};

/**
 * Reads what the machine emitted about an event. That is `ignored` with a reason, or `refused` with
 * the holder of the session.
 */
export function resultOf(step: Step): TurnResult {
  for (const event of step.emitted) {
    if (event.type === 'ignored') return { ignored: String(event.reason) };
    if (event.type === 'refused') {
      const { code, message, holder } = event;
      return { refused: { code: String(code), message: String(message), ...(holder === undefined ? {} : { holder: String(holder) }) } };
    }
  }
  return step.unhandled ? { ignored: 'no transition is enabled for it in this state' } : APPLIED;
}

/** False for an event that was ignored, refused or parked, so that it changed nothing. */
export function tookEffect({ ignored, refused, parked }: { readonly [K in 'ignored' | 'refused' | 'parked']?: unknown }): boolean {
  return ignored === undefined && refused === undefined && parked === undefined;
}

/** The reason under which an error is journalled. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Why a message of a run or an effect was ignored. */
export const SESSION_CLOSED = 'the session that it belongs to is closed';

/** The session was changed after the version that the event was made for. */
export const VERSION_CHANGED: TurnResult = {
  refused: { code: 'version', message: 'the session was changed meanwhile: look at what is new, and decide again' },
};

/** The state in the receipt for a session that cannot be found. */
export const UNKNOWN_SESSION = { version: 0, state: '', handler: 'none' } as const;

/** The receipt of an event for a closed session. */
export function closedReceipt({
  id,
  address,
  version,
  state,
  handler,
}: Pick<SessionRow, 'id' | 'address' | 'version' | 'state' | 'handler'>): Receipt {
  const refused = { code: 'closed', message: 'this session is closed: write to its address to open a new one' };
  return { sessionId: id, address, version, state, handler, duplicate: false, refused };
}

/** The name under which a result is counted. */
export function resultName(
  receipt: Pick<Receipt, 'duplicate' | 'ignored' | 'refused' | 'parked'>,
): 'applied' | 'duplicate' | 'ignored' | 'refused' | 'parked' {
  if (receipt.duplicate) return 'duplicate';
  if (receipt.parked !== undefined) return 'parked';
  if (receipt.refused) return 'refused';
  return receipt.ignored === undefined ? 'applied' : 'ignored';
}
