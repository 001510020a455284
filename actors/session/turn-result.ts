import type { SessionRow } from '#storage/port.ts';
import type { Receipt } from '../contract/api.ts';
import type { Step } from '../interpreter/step.ts';

/** What became of one piece of mail. Nothing set: it was applied. */
export interface TurnResult {
  readonly ignored?: string;
  readonly refused?: NonNullable<Receipt['refused']>;
  readonly parked?: string;
  readonly duplicate?: boolean;
  /** The session waits for running code, and hears it then. */
  readonly pending?: true;
}

/** What the machine itself says of an event: it emits `ignored` with a reason, or `refused` with who holds the session. */
export function resultOf(step: Step): TurnResult {
  for (const event of step.emitted) {
    if (event.type === 'ignored') return { ignored: String(event.reason) };
    if (event.type === 'refused') {
      const { code, message, holder } = event;
      return { refused: { code: String(code), message: String(message), ...(holder === undefined ? {} : { holder: String(holder) }) } };
    }
  }
  return step.unheard ? { ignored: 'no transition is enabled for it in this state' } : {};
}

/** What an error is journalled as. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Why mail of a run or an effect was not heard: its session is closed. */
export const GONE = 'the session that it belongs to is closed';

/** What is known of a session that is not known. */
export const BLANK = { version: 0, state: '', handler: 'none' } as const;

/** The answer to an event for a session that can hear nothing more. */
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

/** The name under which it is counted. */
export function resultName(
  receipt: Pick<Receipt, 'duplicate' | 'ignored' | 'refused' | 'parked'>,
): 'applied' | 'duplicate' | 'ignored' | 'refused' | 'parked' {
  if (receipt.duplicate) return 'duplicate';
  if (receipt.parked !== undefined) return 'parked';
  if (receipt.refused) return 'refused';
  return receipt.ignored === undefined ? 'applied' : 'ignored';
}
