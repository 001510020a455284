/**
 * Entry point of `npm run bench:turn-cost` (README.md). What webhooks, traces and counting for
 * analytics beside the turns cost a turn, over PostgreSQL. The variants take turns in random order
 * in each round, and the ratios are those of the same round, because a machine is never equally
 * busy for long.
 */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { v7 } from 'uuid';
import * as z from 'zod';
import { defineEffect } from '#actors/contract/effect.ts';
import { Registry } from '#actors/contract/registry.ts';
import { systemClock } from '#actors/contract/system-clock.ts';
import { TestRuntime } from '#actors/testing/test-runtime.ts';
import { formatAddress, type SessionId } from '#machines/ids.ts';
import { sessionDefinitions } from '#machines/session/definition.ts';
import type { RollUp } from '#src/analytics/roll-up.ts';
import { openTracing } from '#src/telemetry/open-tracing.ts';
import { createFollower } from '#src/webhooks/follow.ts';
import { KnownEndpoints } from '#src/webhooks/known-endpoints.ts';
import { createPostgresStore } from '#storage/postgres/adapter.ts';
import { migrate } from '#storage/postgres/migrate.ts';
import { countAll, simpleRollUp } from '#test/src/analytics/simple-roll-up.ts';
import { openServer } from './databases.ts';

const ROUNDS = Number(process.argv[2] ?? 12);
const TURNS = Number(process.argv[3] ?? 2_000);
const AT_ONCE = 64;
const VARIANTS = ['plain', 'no endpoint', 'one endpoint', 'traces off', 'traces on', 'counted'] as const;
type Variant = (typeof VARIANTS)[number];

const server = await openServer(undefined);
const collector = createServer((request, response) => request.resume().on('end', () => response.writeHead(200).end('{}')));
await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
const endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
const anyEffect = defineEffect({ type: '*', params: z.unknown(), lane: 'address', run: async () => undefined });

async function open(variant: Variant) {
  const database = await server.create(variant.replace(' ', '_'));
  const lifecycle = createPostgresStore({ connectionString: database.url });
  await migrate(database.url);
  const { store, webhooks, rollups } = lifecycle;
  const onError = (where: string, error: unknown): never => {
    throw new Error(`${where} failed`, { cause: error });
  };
  const known = new KnownEndpoints({ webhooks, clock: systemClock, onError });
  const follower = createFollower({ known, webhooks, onMoved: () => {} });
  if (variant === 'one endpoint') {
    const id = v7();
    const facts = {
      url: 'https://hooks.example/',
      description: '',
      assistants: null,
      channels: null,
      disabled: null,
      createdAt: 0,
      createdBy: 'bench',
    };
    const secrets = [{ value: 'whsec_YQ==', until: null }];
    await webhooks.putEndpoint({ id, version: 1, ...facts, secrets, events: { 'message.received': 0 } });
  }
  await known.start();
  const traced = variant === 'traces on' ? endpoint : undefined;
  const { tracing, close } = await openTracing({
    ...{ endpoint: traced, ratio: 1, service: 'statechat' as const, version: '0', instance: 'bench' },
    onError: () => {},
  });
  const isFollowed = variant === 'no endpoint' || variant === 'one endpoint';
  const runtime = new TestRuntime({
    store,
    registry: new Registry({
      assistants: [{ name: 'bench', definitions: sessionDefinitions() }],
      effects: [follower.effect],
      fallbackEffect: anyEffect,
    }),
    owner: `bench-${v7()}`,
    newSessionId: () => v7() as SessionId,
    onError,
    ...(isFollowed ? { follow: follower.follow } : {}),
    ...(variant.startsWith('traces') ? { tracing } : {}),
  });
  runtime.start();
  const counter = (): RollUp => simpleRollUp({ rollups, clock: systemClock, onError: (error) => onError('counting', error) });
  let sent = 0;
  return {
    variant,
    /** Milliseconds until all of it is committed and done. */
    async round(): Promise<number> {
      const counting = variant === 'counted' ? counter() : undefined;
      counting?.start();
      const began = performance.now();
      let left = TURNS;
      const one = async (peer: number): Promise<void> => {
        const address = formatAddress({ channel: 'bench', account: 'default', peer: String(peer) });
        while (left-- > 0) {
          const id = `m${++sent}`;
          await runtime.deliver(
            { address, assistant: 'bench' },
            { type: 'agent.update', at: Date.now(), agent: { id: 'a', name: 'A' }, tags: { add: [`t${sent % 9}`] } },
            { eventId: `u${id}` },
          );
          await runtime.deliver(
            { address, assistant: 'bench' },
            { type: 'customer.message', id, at: Date.now(), text: 'hello' },
            { eventId: id },
          );
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, (_, peer) => one(peer)));
      while (runtime.busy) await new Promise((resolve) => setImmediate(resolve));
      const ms = performance.now() - began;
      await counting?.stop();
      // The next variant does not wait for what was not counted in time.
      if (counting !== undefined) await countAll(counter());
      return ms;
    },
    async close(): Promise<void> {
      known.stop();
      await runtime.drain();
      await close();
      await lifecycle.close();
    },
  };
}

const opened = [];
for (const variant of VARIANTS) opened.push(await open(variant));
for (const one of opened) await one.round();
const ratios = new Map<Variant, number[]>(VARIANTS.map((variant) => [variant, []]));
for (let round = 0; round < ROUNDS; round += 1) {
  const times = new Map<Variant, number>();
  for (const one of opened.toSorted(() => Math.random() - 0.5)) times.set(one.variant, await one.round());
  for (const [variant, ms] of times) ratios.get(variant)?.push(ms / (times.get('plain') ?? Number.NaN));
}
for (const [variant, all] of ratios) {
  const sorted = all.toSorted((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.floor(sorted.length * share)] ?? Number.NaN).toFixed(3);
  console.log(
    `${variant}: ${at(0.5)} of the time of a plain one (quartiles ${at(0.25)} and ${at(0.75)}, ${ROUNDS} rounds of ${2 * TURNS} turns)`,
  );
}
for (const one of opened) await one.close();
collector.close();
await server.close();
process.exit();
