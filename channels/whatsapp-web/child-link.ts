/** The program's side of the connection to a child process. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ToChild } from './protocol.ts';

export interface ChildListener {
  /** A message of the child, as it came. */
  message(raw: unknown): void;
  /** The process is gone. Called once, and last. */
  exit(how: string): void;
}

export interface ChildLink {
  send(message: ToChild): void;
  /** The child closes its browser and exits by itself. */
  disconnect(): void;
  /** Ends the process at once. Its browser ends with it. */
  kill(): void;
}

export type StartChild = (listener: ChildListener) => ChildLink;

const CHILD = fileURLToPath(new URL('child.ts', import.meta.url));

/**
 * Starts the child process. It does not keep this process alive, and it ends if this process does.
 * What it prints goes to `print`, because the library and the browser print at will.
 */
export function forkChild(print: (text: string) => void): StartChild {
  return (listener) => {
    // A group of its own, so that Ctrl-C in a terminal does not reach the browser.
    const child = fork(CHILD, [], { serialization: 'advanced', detached: true, stdio: ['ignore', 'pipe', 'pipe', 'ipc'], execArgv: [] });
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text: string) => print(text.trimEnd()));
    child.on('message', (raw) => listener.message(raw));
    child.on('error', () => child.kill('SIGKILL'));
    // Not `close`, which waits for a browser that still has the child's output.
    child.on('exit', (code, signal) => listener.exit(signal === null ? `exit code ${code}` : `signal ${signal}`));
    child.unref();
    child.channel?.unref();
    return {
      send: (message) => {
        // One that has just died gets nothing, and its exit follows.
        if (child.connected) child.send(message, () => undefined);
      },
      disconnect: () => {
        if (child.connected) child.disconnect();
      },
      kill: () => void child.kill('SIGKILL'),
    };
  };
}
