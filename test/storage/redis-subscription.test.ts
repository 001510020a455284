/**
 * A subscription over a connection that breaks at the worst moments. The server is a fake, because
 * it has to fall silent at a certain command.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { subscribe } from '#storage/redis/subscription.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/**
 * Answers everything that a client sends when it connects, and leaves `SUBSCRIBE` to `subscribing`,
 * with the connection's number.
 */
async function fakeRedis(subscribing: (socket: Socket, connection: number) => void): Promise<string> {
  let connections = 0;
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    const connection = ++connections;
    sockets.add(socket.on('error', () => {}));
    socket.on('data', (piece) => {
      for (const [, command] of piece.toString().matchAll(/\*\d+\r\n\$\d+\r\n(\w+)\r\n/g)) {
        if (command === 'subscribe') subscribing(socket, connection);
        else socket.write(command === 'info' ? '$19\r\nredis_version:7.0.0\r\n' : '+OK\r\n');
      }
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return `redis://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const SUBSCRIBED = '*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n';

test('that is given up while it subscribes anew is begun again, and nothing of it is left to end the process', async () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown): void => void unhandled.push(error);
  process.on('unhandledRejection', note);
  closing.push(() => process.off('unhandledRejection', note));
  const asked: number[] = [];
  const url = await fakeRedis((socket, connection) => {
    asked.push(connection);
    // The client subscribes, is cut off, and receives no answer on the next connection.
    if (connection !== 2) socket.write(SUBSCRIBED);
    if (connection === 1) socket.destroySoon();
  });
  let listening = 0;
  const subscription = subscribe({ url, channels: ['c'], message: () => {}, subscribed: () => void listening++, silenceMs: 200 });
  closing.push(() => subscription.close());
  await expect.poll(() => listening).toBeGreaterThan(1);
  expect(asked.slice(0, 3)).toEqual([1, 2, 3]);
  // Node reports an unhandled rejection after the round in which it came.
  await new Promise((resolve) => setImmediate(resolve));
  expect(unhandled).toEqual([]);
});
