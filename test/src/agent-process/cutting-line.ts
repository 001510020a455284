/**
 * A TCP line that cuts each connection in the middle of an answer. It counts bytes and not time, so
 * that it behaves the same on a slow machine.
 */
import { connect, createServer, type Socket } from 'node:net';

/**
 * How many bytes of answers the connections carry, in turn. The cuts fall within the headers' end,
 * within an event, and after a whole file.
 */
const CARRIES = [500, 2_000, 3_000_000];

export interface CuttingLine {
  readonly port: number;
  readonly cuts: () => number;
  close(): Promise<void>;
}

export async function startCuttingLine(target: number): Promise<CuttingLine> {
  const sockets = new Set<Socket>();
  let connections = 0;
  let cuts = 0;
  const server = createServer((near) => {
    const far = connect({ port: target, host: '127.0.0.1' });
    let left = CARRIES[connections++ % CARRIES.length] ?? 0;
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    near.pipe(far);
    far.on('data', (piece: Buffer) => {
      if (left <= 0) return;
      near.write(piece.subarray(0, left));
      left -= piece.length;
      if (left > 0) return;
      cuts += 1;
      // The bytes carried so far arrive. Only the rest is lost.
      near.destroySoon();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return {
    port: address.port,
    cuts: () => cuts,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
