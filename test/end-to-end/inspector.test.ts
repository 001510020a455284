/** Turns of sessions in `@statelyai/inspect`, with the package's own server between them. */
import { createInspectorServer } from '@statelyai/inspect/server';
import { afterEach, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { sessionMachine } from '#machines/session/machine.ts';
import { attachInspector } from '#src/cli/inspector.ts';
import { readConfig } from '#src/config/config.ts';
import { freePort } from './free-port.ts';
import { runApp } from './running-app.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Inspected {
  readonly type: string;
  readonly sessionId: string;
  readonly definition?: string;
  readonly event?: { readonly type: string };
  readonly snapshot?: { readonly value: unknown; readonly status: string };
}

it('are an actor with its machine, its events and a snapshot after each turn', async () => {
  const port = await freePort();
  const server = createInspectorServer({ port, autoOpen: false });
  cleanups.push(() => server.stop());
  const url = `ws://localhost:${port}`;
  const inspector = await attachInspector(url, ({ id }) => (id === 'session' ? sessionMachine.config : undefined));
  cleanups.push(() => inspector.stop());
  // In place of the inspector's page.
  const received: Inspected[] = [];
  const page = new WebSocket(url);
  cleanups.push(() => page.terminate());
  page.on('message', (data) => void received.push(JSON.parse(String(data))));

  const app = await runApp({ SESSION_STORAGE_TYPE: 'memory' }, { policy: { debounceMs: 0 }, runtime: { inspect: inspector.inspect } });
  cleanups.push(() => app.stop());
  const { sessionId } = await (await app.visitor()).write('/agent');
  const of = (type: string) => received.filter((one) => one.type === type && one.sessionId === sessionId);
  const lifecycle = ({ snapshot }: Inspected) => JSON.stringify(snapshot?.value);
  await expect.poll(() => of('@xstate.snapshot').map(lifecycle)).toContainEqual(expect.stringContaining('WAITING_AGENT'));

  const [actor] = of('@xstate.actor');
  expect(of('@xstate.actor')).toHaveLength(1);
  expect(JSON.parse(actor?.definition ?? '')).toMatchObject({
    id: 'session',
    states: { open: { states: { lifecycle: { initial: 'NEW' } } } },
  });
  expect(of('@xstate.event').map(({ event }) => event?.type)).toContain('customer.command');
  expect(of('@xstate.snapshot')[0]).toMatchObject({ event: { type: 'customer.command' }, snapshot: { status: 'active' } });
});

it('are shown to this machine alone', () => {
  const inspectorOf = (STATECHAT_INSPECT: string) => readConfig({ STATECHAT_INSPECT }, '/').inspector;
  expect(inspectorOf('ws://localhost:8080')).toBe('ws://localhost:8080');
  expect(() => inspectorOf('ws://example.com:8080')).toThrow('expected ws://localhost:PORT');
});
