/** Sends messages in two ways, as many as can be answered or at a fixed rate. */
import { runRound } from '../load.ts';
import type { App } from './app.ts';

/**
 * Returns microseconds a turn, which is the time of the round divided by its turns. `inFlight`
 * messages are under way at once. The order of `conversations` is changed.
 */
export async function costOf(app: App, conversations: number[], inFlight: number, seconds: number): Promise<number> {
  const turns = {
    turn: (conversation: number) => app.send(conversation),
    settle: () => app.settle(),
    counters: async () => ({}),
    close: async () => {},
  };
  const { turns: made, ms } = await runRound(turns, conversations, inFlight, seconds);
  return (ms * 1_000) / made;
}

/**
 * Sends `rate` messages a second, however slow the answers are, until `until` resolves. A latency
 * counts from when the message was due to be sent, so it includes a stall of the sender. If
 * `conversations` is large enough, each conversation has at most one message under way.
 */
export async function steady(app: App, conversations: number, rate: number, until: Promise<unknown>): Promise<number[]> {
  const latencies: number[] = [];
  const underWay = new Set<Promise<void>>();
  let over = false;
  const end = until.finally(() => {
    over = true;
  });
  const began = performance.now();
  for (let sent = 0; !over; ) {
    const due = Math.floor(((performance.now() - began) * rate) / 1_000);
    for (; sent < due; sent++) {
      const planned = began + (sent * 1_000) / rate;
      const answer = app.send(sent % conversations).then(() => void latencies.push(performance.now() - planned));
      underWay.add(answer);
      void answer.finally(() => underWay.delete(answer)).catch(() => {});
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await Promise.all([...underWay, end]);
  return latencies;
}
