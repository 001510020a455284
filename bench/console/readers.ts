/**
 * Readers of a run, in a process of their own, so that what they cost is not counted for the
 * server. They read the time of each turn from its text, without parsing the rest of it.
 */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { askReaders, FIRST_ACTIVITY, now, SENT_AT } from './messages.ts';

const sockets: WebSocket[] = [];
let delays: number[] = [];

process.on('message', async (given) => {
  const asked = askReaders.parse(given);
  if (asked.ask === 'connect') {
    for (let count = 0; count < asked.count; count += 1) await connect(asked.url);
    process.send?.({ delays: [] });
  } else {
    process.send?.({ delays });
    delays = [];
  }
});

async function connect(url: string): Promise<void> {
  const socket = new WebSocket(url);
  sockets.push(socket);
  socket.on('message', (data) => {
    const text = String(data);
    const at = SENT_AT.exec(text)?.[1];
    if (at !== undefined && Number(at) > FIRST_ACTIVITY && text.startsWith('{"type":"session"')) delays.push(now() - Number(at));
  });
  const answered = once(socket, 'message');
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'auth', token: 'bench' }));
  socket.send(JSON.stringify({ type: 'subscribe', requestId: 'subscribes', topic: 'inbox', filter: { open: true } }));
  await answered;
}
