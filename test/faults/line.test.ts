import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type Line, startLine } from '#test/faults/line.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function echo(): Promise<{ readonly line: Line; readonly near: Socket; readonly heard: () => string }> {
  const server = createServer((socket) => socket.on('error', () => {}).pipe(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => new Promise((resolve) => server.close(resolve)));
  const line = await startLine((server.address() as AddressInfo).port);
  closing.push(() => line.close());
  const near = connect({ port: line.port, host: '127.0.0.1', noDelay: true });
  near.on('error', () => {});
  closing.push(() => void near.destroy());
  await once(near, 'connect');
  let text = '';
  near.on('data', (piece) => {
    text += piece.toString();
  });
  return { line, near, heard: () => text };
}

test('a line that becomes slow and well again under traffic never changes the order', async () => {
  const { line, near, heard } = await echo();
  let expected = '';
  for (let piece = 0; piece < 4_000; piece += 1) {
    if (piece % 40 === 0) line.set({ kind: 'well' });
    if (piece % 40 === 20) line.set({ kind: 'slow', ms: 2 + (piece % 7) });
    near.write(`${piece} `);
    expected += `${piece} `;
    await new Promise((resolve) => setImmediate(resolve));
  }
  await expect.poll(heard).toHaveLength(expected.length);
  expect(heard()).toBe(expected);
});
