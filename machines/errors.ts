/**
 * The one base error. `code` is stable and machine-readable. `retryable` says whether the same call
 * may succeed later, so a refusal differs from a peer that could not be reached. `expose` says
 * whether `message` may be shown to the caller. Further facts go into `facts`, never into the
 * message only.
 */
export class StatechatError extends Error {
  readonly code: string;
  readonly retryable: boolean;
  readonly expose: boolean;
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(
    code: string,
    message: string,
    options: { retryable?: boolean; expose?: boolean; cause?: unknown; facts?: Record<string, unknown> } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'StatechatError';
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.expose = options.expose ?? true;
    this.facts = Object.freeze({ ...options.facts });
  }
}

/** Bad input. The caller must change something. Never retryable. */
export class InvalidInput extends StatechatError {
  constructor(message: string, facts: Record<string, unknown> = {}, cause?: unknown) {
    super('invalid_input', message, { facts, cause });
    this.name = 'InvalidInput';
  }
}

/**
 * A store, provider or peer could not be reached, or did not answer in time. The same call may
 * succeed later.
 */
export class Unavailable extends StatechatError {
  constructor(message: string, facts: Record<string, unknown> = {}, cause?: unknown) {
    super('unavailable', message, { facts, cause, retryable: true });
    this.name = 'Unavailable';
  }
}
