/**
 * What becomes of every kind of event and of message (docs/reference/discord.md). That the tables
 * are total is checked by the compiler.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EVENT_KINDS, eventKind, MESSAGE_KINDS, messageKind } from '#channels/discord/kinds.ts';
import { connected, eventually, Host, startAdapter } from './started-adapter.ts';

/** Those that are taken if they are for the bot. */
const TAKEN = [
  'INTERACTION_CREATE',
  'MESSAGE_CREATE',
  'MESSAGE_DELETE',
  'MESSAGE_DELETE_BULK',
  'MESSAGE_REACTION_ADD',
  'MESSAGE_REACTION_REMOVE',
  'MESSAGE_UPDATE',
  'TYPING_START',
];

describe('an event', () => {
  it('of each kind that changes no session is counted, or is a dead letter', async () => {
    const started = await startAdapter();
    const { discord, ignored, rejected } = started;
    const host = new Host();
    await connected(started, host.intake);
    const others = Object.entries(EVENT_KINDS).filter(([kind]) => !TAKEN.includes(kind) && kind !== 'READY' && kind !== 'RESUMED');
    for (const [kind] of others) discord.gateway.dispatch(kind, {});
    discord.gateway.dispatch('TELEPATHY', {});
    await eventually(() => expect(ignored.map(({ kind }) => kind)).toContain('event.unknown'));
    for (const [kind, ruling] of others) {
      if ('ignored' in ruling)
        expect(ignored).toContainEqual(expect.objectContaining({ kind: `event.${kind.toLowerCase()}`, reason: ruling.ignored }));
    }
    await eventually(() => expect(rejected).toHaveLength(others.filter(([, ruling]) => 'kept' in ruling).length));
    expect(host.events).toEqual([]);
  });

  it('that is taken has a row for it, and no other has', () => {
    const taken = Object.entries(EVENT_KINDS).filter(([, ruling]) => 'taken' in ruling);
    expect(taken.map(([kind]) => kind).toSorted()).toEqual(TAKEN);
  });

  it('of the future has no label of its own', () => {
    expect(eventKind('constructor')).toMatchObject({ kind: 'event.unknown' });
    expect(messageKind(1_000)).toMatchObject({ kind: 'message.unknown' });
  });
});

it('docs/reference/discord.md has every row', () => {
  const page = readFileSync(new URL('../../../docs/reference/discord.md', import.meta.url), 'utf8');
  const row = (name: string, ruling: object): string => `| \`${name}\` | ${Object.entries(ruling).flat().join(' | ')} |`;
  const rows = [
    ...Object.entries(EVENT_KINDS).map(([kind, ruling]) => row(kind, ruling)),
    ...Object.values(MESSAGE_KINDS).map(({ name, ruling }) => row(name, ruling)),
  ];
  expect(rows.filter((one) => !page.includes(one))).toEqual([]);
});
