/**
 * A TCP line between an instance and a server that it needs. It can be made slow or half-open, or
 * be cut.
 *
 * Invariant. A connection that was half-open stays dead for good, as it does behind a router that
 * forgot it. Neither side is notified, and what it writes is swallowed. A connection that is made
 * afterwards works.
 */

import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';

export type LineState =
  | { readonly kind: 'well' }
  /** Every piece takes so many milliseconds longer, each way, in order. */
  | { readonly kind: 'slow'; readonly ms: number }
  /**
   * Connections are accepted and stay, and bytes are swallowed, both ways or those of the answers
   * only.
   */
  | { readonly kind: 'half-open'; readonly swallows: 'everything' | 'answers' }
  /** Connections end, and new ones end at once. */
  | { readonly kind: 'cut' };

export interface Line {
  readonly port: number;
  set(state: LineState): void;
  close(): Promise<void>;
}

interface Pair {
  readonly near: Socket;
  readonly far: Socket | undefined;
  dead: boolean;
}

export async function startLine(target: number): Promise<Line> {
  let state: LineState = { kind: 'well' };
  const pairs = new Set<Pair>();

  const server = createServer({ noDelay: true }, (near) => {
    near.on('error', () => {});
    if (state.kind === 'cut') return void near.destroy();
    const swallowed = state.kind === 'half-open' && state.swallows === 'everything';
    const far = swallowed ? undefined : connect({ port: target, host: '127.0.0.1', noDelay: true });
    const pair: Pair = { near, far, dead: state.kind === 'half-open' };
    pairs.add(pair);
    near.once('close', () => {
      pairs.delete(pair);
      far?.destroy();
    });
    if (!far) return void near.resume();
    far.on('error', () => {});
    far.once('close', () => {
      if (!pair.dead) near.destroy();
    });
    carry(near, far, () => !(pair.dead && swallowsAll()));
    carry(far, near, () => !pair.dead);
  });

  const swallowsAll = (): boolean => state.kind !== 'half-open' || state.swallows === 'everything';

  /** Passes bytes from one to the other, as late as the line is slow, never out of order. */
  function carry(from: Socket, to: Socket, passes: () => boolean): void {
    const waiting: { readonly piece: Buffer; readonly at: number }[] = [];
    from.on('data', (piece) => {
      if (!passes()) return;
      const ms = state.kind === 'slow' ? state.ms : 0;
      if (ms === 0 && waiting.length === 0) return write(piece);
      waiting.push({ piece, at: performance.now() + ms });
      setTimeout(release, ms);
    });
    /**
     * Each piece has a timer, but timers may be late. All that is due is written, in the order in
     * which it came.
     */
    function release(): void {
      const now = performance.now();
      const due = waiting.findIndex(({ at }) => at > now + 1);
      for (const { piece } of waiting.splice(0, due < 0 ? waiting.length : due)) write(piece);
    }
    function write(piece: Buffer): void {
      if (to.destroyed || !passes()) return;
      if (to.write(piece)) return;
      from.pause();
      to.once('drain', () => from.resume());
    }
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    set: (next) => {
      state = next;
      if (next.kind === 'half-open') for (const pair of pairs) pair.dead = true;
      if (next.kind === 'cut') for (const { near } of pairs) near.destroy();
    },
    close: async () => {
      for (const { near, far } of pairs) {
        near.destroy();
        far?.destroy();
      }
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
