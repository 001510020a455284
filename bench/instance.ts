/** The run's side of an instance's process. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { type Answer, answerSchema, type Question } from './messages.ts';

export interface Instance {
  /** Rejects with what went wrong, also when the process ended meanwhile. One at a time. */
  ask(question: Question): Promise<Answer>;
  /** Ends it, orderly if it can. */
  close(): Promise<void>;
}

/** How long after a request to close a process is killed. */
const PATIENCE_MS = 20_000;

export function startInstance(): Instance {
  // Its output must not mix with the results.
  const child = fork(new URL('./child.ts', import.meta.url), { serialization: 'advanced', stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  let output = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output = (output + text).slice(-1_000);
  });
  const alive = () => child.connected && child.exitCode === null && child.signalCode === null;
  const dead = () => new Error(`its process ended with ${child.exitCode ?? child.signalCode}: ${output.trim()}`);

  function ask(question: Question): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (!alive()) return reject(dead());
      const ended = () => reject(dead());
      child.once('exit', ended);
      child.once('message', (message) => {
        child.off('exit', ended);
        const answer = answerSchema.parse(message);
        if (answer.failed === undefined) resolve(answer);
        else reject(new Error(answer.failed));
      });
      child.send(question);
    });
  }

  return {
    ask,
    async close() {
      if (!alive()) return;
      const exit = once(child, 'exit');
      const impatient = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
      await ask({ ask: 'close' }).catch(() => {});
      if (child.connected) child.disconnect();
      await exit;
      clearTimeout(impatient);
    },
  };
}
