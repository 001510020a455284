/**
 * Structured logs: one JSON object a line on standard output, times in ISO 8601. On a terminal the same as readable
 * lines. What may hold a secret is removed by path before it is written, whoever logs it.
 */
import { pino } from 'pino';
import { readableLines } from './readable-lines.ts';

/** What the parts of the program log through. The message comes last and is a constant; facts are fields. */
export interface Log {
  trace(facts: object, message: string): void;
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
  fatal(facts: object, message: string): void;
  /** The same log with these facts on every line. */
  child(facts: Record<string, unknown>): Log;
}

const SECRET_FIELDS = ['token', 'apiKey', 'apiToken', 'secret', 'password', 'authorization', 'cookie', 'webhookSecret', 'connectionString'];
const REDACTED = [
  ...SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]),
  'headers["x-telegram-bot-api-secret-token"]',
  '*.headers["x-telegram-bot-api-secret-token"]',
];

export interface LogOptions {
  readonly level: string;
  /** Where lines go. Default: standard output. */
  readonly destination?: { write(line: string): void };
  /** Readable lines rather than JSON. Default: when standard output is a terminal. */
  readonly readable?: boolean;
}

export function createLog({ level, destination = process.stdout, readable = process.stdout.isTTY === true }: LogOptions): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: REDACTED, censor: '[secret]' },
      serializers: { error: pino.stdSerializers.err },
    },
    readable ? readableLines(destination) : destination,
  );
}
