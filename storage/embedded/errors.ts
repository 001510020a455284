import { StatechatError } from '#machines/errors.ts';

export type EmbeddedFault =
  | 'embedded_missing'
  | 'embedded_in_use'
  | 'embedded_port_taken'
  | 'embedded_user'
  | 'embedded_version'
  | 'embedded_failed';

/**
 * The embedded PostgreSQL could not be started. Retrying does not help. The message says what to
 * change.
 */
export class EmbeddedPostgresError extends StatechatError {
  constructor(code: EmbeddedFault, message: string, facts: Record<string, unknown> = {}, cause?: unknown) {
    super(code, message, { facts, cause });
    this.name = 'EmbeddedPostgresError';
  }
}
