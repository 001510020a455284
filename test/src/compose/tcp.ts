/** Whole messages over TCP. A connection carries one message and its answer. */
import { connect, createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { Unavailable } from '#machines/errors.ts';

/** Resolves to the other end's answer. Rejects with `Unavailable` if nothing listens there. */
export async function writeTo(port: number, message: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.end(message);
  try {
    return await text(socket);
  } catch (cause) {
    throw new Unavailable(`nobody takes messages at port ${port}`, {}, cause);
  }
}

export interface Listener {
  readonly port: number;
  /** Messages received, oldest first. */
  readonly received: readonly string[];
  close(): Promise<void>;
}

/** @param held each message is answered after it, so that its sender waits. */
export async function listenForMessages(held: Promise<void> = Promise.resolve()): Promise<Listener> {
  const received: string[] = [];
  const server = createServer({ allowHalfOpen: true }, async (socket) => {
    received.push(await text(socket));
    await held;
    socket.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server does not listen');
  return { port: address.port, received, close: () => new Promise((resolve) => server.close(() => resolve())) };
}
