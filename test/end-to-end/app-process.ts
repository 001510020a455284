/**
 * The app as a process that tests kill and restart Statechat. It ends with the test file at the
 * latest.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface AppProcess {
  readonly child: ChildProcess;
  /** What it printed, both streams, a line each. */
  readonly lines: readonly string[];
  /** Resolves to the first match of a printed line, and rejects if the process ends without one. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
  /** Resolves to the exit code, null when a signal ended it. */
  readonly exited: Promise<number | null>;
  /** Sends the signal, and resolves as `exited` does. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null>;
}

/** Runs under this very Node, with the given environment and what a process needs anyway. */
export function startProcess(args: readonly string[], environment: Readonly<Record<string, string>> = {}): AppProcess {
  const { PATH = '', HOME = '', TMPDIR, LANG, NODE_COMPILE_CACHE } = process.env;
  const child = spawn(process.execPath, [...args], {
    env: {
      PATH,
      HOME,
      ...(TMPDIR ? { TMPDIR } : {}),
      ...(LANG ? { LANG } : {}),
      ...(NODE_COMPILE_CACHE ? { NODE_COMPILE_CACHE } : {}),
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  const watchers = new Set<() => void>();
  let ended = false;
  const changed = (): void => {
    for (const look of [...watchers]) look();
  };
  const streams = [child.stdout, child.stderr].map((input) => {
    const reader = createInterface({ input });
    reader.on('line', (line) => {
      lines.push(line);
      changed();
    });
    return once(reader, 'close');
  });
  const exited = Promise.all([once(child, 'exit'), ...streams]).then(([[code]]) => {
    ended = true;
    changed();
    return typeof code === 'number' ? code : null;
  });
  return {
    child,
    lines,
    exited,
    printed: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const match = lines.map((line) => pattern.exec(line)).find((found) => found !== null);
          if (!match && !ended) return;
          watchers.delete(look);
          if (match) resolve(match);
          else reject(new Error(`it ended without printing ${pattern}:\n${lines.join('\n')}`));
        };
        watchers.add(look);
        look();
      }),
    end: (signal) => {
      child.kill(signal);
      return exited;
    },
  };
}
