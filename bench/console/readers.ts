/**
 * Readers of an instance, in a process of their own, so that what they cost is not counted for the
 * server. Each follows the four lists that the page follows, as an agent of its own. One in
 * `DECODING` decodes what it gets. The others count it, since one processor has to read for all.
 */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import * as z from 'zod';
import { askReaders, now, numberOf, type Readings } from './messages.ts';

const DECODING = 20;
/** Connections that are opened at the same time. */
const AT_ONCE = 20;
/** Sessions of a list that a reader has from the beginning. */
const FIRST_PAGE = 500;

const change = z.object({ id: z.string(), version: z.number(), lastActivityAt: z.number() });
const message = z.discriminatedUnion('type', [
  z.object({ type: z.literal('inbox'), topic: z.string(), sessions: z.array(change) }),
  z.object({ type: z.literal('changes'), topic: z.string(), sessions: z.array(change) }),
  z.object({ type: z.literal('ack'), requestId: z.string().optional(), topic: z.string().optional() }),
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('heartbeat') }),
]);

interface Reader {
  readonly socket: WebSocket;
  readonly isDecoding: boolean;
  readonly isSlow: boolean;
  /** By the number of the session. */
  readonly shown: Map<number, number>;
  /** Its list of open sessions. */
  topic: string | undefined;
}

const readers: Reader[] = [];
const none = (): Readings => ({ delays: [], turns: 0, messages: 0, bytes: 0, lists: 0 });
let readings = none();

process.on('message', async (given) => process.send?.(await answer(askReaders.parse(given))));
process.once('disconnect', () => process.exit());

async function answer(asked: z.infer<typeof askReaders>): Promise<object> {
  switch (asked.ask) {
    case 'connect': {
      const { url, count, slow, instance } = asked;
      let next = 0;
      const connecting = Array.from({ length: AT_ONCE }, async () => {
        for (let number = next++; number < count; number = next++)
          await connect(url, `agent-${instance}-${number}`, number, number >= count - slow);
      });
      await Promise.all(connecting);
      return {};
    }
    case 'pause':
      for (const { socket, isSlow } of readers) if (isSlow) socket.pause();
      return {};
    case 'resume':
      for (const { socket } of readers) socket.resume();
      return {};
    case 'readings': {
      const answered = readings;
      readings = none();
      return answered;
    }
    case 'compare': {
      const compared = readers.filter(({ isDecoding }) => isDecoding);
      return { compared: compared.length, different: compared.filter(({ shown }) => !isSame(shown, asked.versions)).length };
    }
  }
}

async function connect(url: string, agent: string, number: number, isSlow: boolean): Promise<void> {
  const socket = new WebSocket(url);
  const reader: Reader = { socket, isDecoding: isSlow || number % DECODING === 0, isSlow, shown: new Map(), topic: undefined };
  readers.push(reader);
  let received = 0;
  const ready = new Promise<void>((resolve, reject) => {
    socket.on('message', (data: Buffer) => {
      received += 1;
      // One answer to each message.
      if (received === 5) resolve();
      readings.messages += 1;
      readings.bytes += data.length;
      if (reader.isDecoding) decode(reader, data);
    });
    socket.once('close', (code) => reject(new Error(`a reader was closed with ${code}`)));
    socket.once('error', reject);
  });
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'auth', token: agent }));
  const lists = [{ open: true }, { state: 'WAITING_AGENT' }, { agent, open: true }, { open: false }];
  for (const [index, filter] of lists.entries())
    socket.send(JSON.stringify({ type: 'subscribe', requestId: `subscribes-${index}`, topic: 'inbox', filter }));
  await ready;
}

function decode(reader: Reader, data: Buffer): void {
  const received = message.parse(JSON.parse(data.toString()));
  if (received.type === 'ack' && received.requestId === 'subscribes-0') reader.topic = received.topic;
  if (received.type !== 'inbox' && received.type !== 'changes') return;
  if (reader.topic !== undefined && received.topic !== reader.topic) return;
  if (received.type === 'inbox') {
    reader.shown.clear();
    if (reader.isSlow) readings.lists += 1;
  }
  for (const { id, version, lastActivityAt } of received.sessions) {
    const number = numberOf(id);
    if ((reader.shown.get(number) ?? 0) < version) reader.shown.set(number, version);
    if (received.type === 'inbox' || reader.isSlow) continue;
    readings.turns += 1;
    readings.delays.push(now() - lastActivityAt);
  }
}

/** Nothing that it shows is old, and the first page is there, as far as it had turns. */
function isSame(shown: ReadonlyMap<number, number>, versions: readonly number[]): boolean {
  for (const [number, version] of shown) if (versions[number] !== version) return false;
  return versions.slice(0, FIRST_PAGE).every((version, number) => version === 1 || shown.has(number));
}
