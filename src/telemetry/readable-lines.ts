import { styleText } from 'node:util';

interface Sink {
  write(line: string): void;
}

const COLOURS = { trace: 'gray', debug: 'gray', info: 'green', warn: 'yellow', error: 'red', fatal: 'red' } as const;

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Turns lines of JSON into `12:30:01 INFO message key=value …` for people at a terminal. Any other
 * line passes as it is.
 */
export function readableLines(sink: Sink): Sink {
  return {
    write(line) {
      sink.write(`${readable(line)}\n`);
    },
  };
}

function readable(line: string): string {
  let entry: unknown;
  try {
    entry = JSON.parse(line);
  } catch {
    return line.trimEnd();
  }
  if (!isRecord(entry)) return line.trimEnd();
  const { level, time, msg, error, ...facts } = entry;
  const name = Object.keys(COLOURS).find((known): known is keyof typeof COLOURS => known === level) ?? 'info';
  const shown = Object.entries(facts).map(([key, value]) =>
    styleText('gray', `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`),
  );
  const stack = isRecord(error) ? `\n${String(error.stack ?? error.message)}` : '';
  return (
    [String(time).slice(11, 19), styleText(COLOURS[name], name.toUpperCase().padEnd(5)), String(msg ?? ''), ...shown].join(' ') + stack
  );
}
