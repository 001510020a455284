/**
 * Structured logs. Each line on standard output is one JSON object, with times in ISO 8601. On a
 * terminal the same is shown as readable lines. What may hold a secret is removed by path before it
 * is written, whatever part logs it. Every string is well-formed, because collectors drop lines
 * that are not.
 */
import { pino } from 'pino';
import { wellFormedJsonText } from '#machines/text.ts';
import { readableLines } from './readable-lines.ts';
import { traceFields } from './running-span.ts';

/** The log of the program's parts. The message comes last and is a constant. Facts are fields. */
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
  /** Destination of the lines. Default is standard output. */
  readonly destination?: { write(line: string): void };
  /** Readable lines rather than JSON. Default is true when standard output is a terminal. */
  readonly readable?: boolean;
}

export function createLog({ level, destination = process.stdout, readable = process.stdout.isTTY === true }: LogOptions): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      mixin: traceFields,
      redact: { paths: REDACTED, censor: '[secret]' },
      serializers: { error: pino.stdSerializers.err },
      hooks: { streamWrite: wellFormedJsonText },
    },
    readable ? readableLines(destination) : destination,
  );
}
