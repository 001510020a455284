/** One answer on its way to a visitor of the web chat, read from the stream and from the tables. */
import pg from 'pg';
import { afterAll, afterEach, expect, it, vi } from 'vitest';
import type { VisitorEvent } from '#channels/feed.ts';
import { createTestDatabase } from '#test/postgres-server.ts';
import { DictatedModel } from './models.ts';
import { PATIENCE, type RunningApp, runApp } from './running-app.ts';
import type { Visitor } from './visitor.ts';

const { connectionString } = await createTestDatabase();
const database = new pg.Client({ connectionString });
await database.connect();
afterAll(() => database.end());

let app: RunningApp;
let model: DictatedModel;
afterEach(() => app.stop());

async function arrive(): Promise<Visitor> {
  model = new DictatedModel();
  app = await runApp({ DATABASE_URL: connectionString }, { provider: () => model, policy: { debounceMs: 0 } });
  return app.visitor();
}

/** The model begins the answer to the latest message. */
function writing(number: number) {
  return vi.waitFor(() => {
    const begun = model.writings[number - 1];
    if (begun === undefined) throw new Error(`request ${number} was not made`);
    return begun;
  }, PATIENCE);
}

/** All of the answer has come, and its mark. */
async function answered({ events }: Visitor, text: string): Promise<void> {
  await vi.waitFor(() => {
    const message = events.find((event) => event.type === 'message' && event.text === text);
    if (message?.type !== 'message') throw new Error(`"${text}" has not come`);
    const marked = events.some((event) => event.type === 'delivery' && `${event.sessionId}.${event.seq}` === message.id);
    expect(marked).toBe(true);
  }, PATIENCE);
}

const typings = ({ events }: Visitor) => events.flatMap((event) => (event.type === 'typing' ? [event.on] : []));

/**
 * Each frame in a few words. States and the visitor's own message are left out, because their time
 * is not fixed.
 */
function inWords(events: readonly VisitorEvent[]): string[] {
  return events.flatMap((event) => {
    if (event.type === 'typing') return [`typing ${event.on ? 'on' : 'off'}`];
    if (event.type === 'delta') return [`delta "${event.text}"`];
    if (event.type === 'delivery') return [`marked ${event.status}`];
    return event.type === 'message' && event.author !== 'customer' ? [`${event.delivery?.status} "${event.text}"`] : [];
  });
}

it('is typing, the text as it is written, the message, and its mark; each once', async () => {
  const visitor = await arrive();
  await visitor.listen();
  for (const [number, text] of ['It is.', 'At ten.'].entries()) {
    visitor.events.length = 0;
    await visitor.write('Is the flat free?');
    const { write, end } = await writing(number + 1);
    write(text.slice(0, 3));
    await vi.waitFor(() => expect(visitor.events.some(({ type }) => type === 'delta')).toBe(true), PATIENCE);
    write(text.slice(3));
    end();
    await answered(visitor, text);
    expect(inWords(visitor.events)).toEqual([
      'typing on',
      `delta "${text.slice(0, 3)}"`,
      `delta "${text.slice(3)}"`,
      'typing off',
      `sent "${text}"`,
      'marked sent',
    ]);
  }
});

it('a stream that is opened while the model thinks, or writes, has one sign of typing and one of its end', async () => {
  const visitor = await arrive();
  await visitor.listen();
  await visitor.write('Is the flat free?');
  const { write, end } = await writing(1);
  await vi.waitFor(() => expect(typings(visitor)).toEqual([true]), PATIENCE);

  const whileItThinks = visitor.at(app.url);
  await whileItThinks.listen();
  write('It');
  await vi.waitFor(() => expect(typings(whileItThinks)).toEqual([true]), PATIENCE);

  const whileItWrites = visitor.at(app.url);
  await whileItWrites.listen();
  await vi.waitFor(() => expect(inWords(whileItWrites.events)).toEqual(['typing on', 'delta "It"']), PATIENCE);
  write(' is.');
  end();
  for (const reader of [visitor, whileItThinks, whileItWrites]) {
    await answered(reader, 'It is.');
    expect(typings(reader)).toEqual([true, false]);
    reader.leave();
  }
});

it('an answer that is stopped ends the typing once', async () => {
  const visitor = await arrive();
  await visitor.listen();
  const { sessionId } = await visitor.write('Is the flat free?');
  await writing(1);
  await vi.waitFor(() => expect(typings(visitor)).toEqual([true]), PATIENCE);
  const { status } = await app.api.post(`/api/sessions/${sessionId}/events`, { type: 'agent.claim', agent: { id: 'sara' } });
  expect(status).toBe(200);
  await vi.waitFor(() => expect(visitor.lastState?.handler).toBe('human'), PATIENCE);
  await vi.waitFor(() => expect(typings(visitor)).toEqual([true, false]), PATIENCE);
});

it('takes no work in the outbox', async () => {
  const visitor = await arrive();
  await database.query(`
    create table asked (type text, lane text);
    create function note_work() returns trigger language plpgsql as
      $$ begin insert into asked values (new.type, new.lane); return new; end $$;
    create trigger note_work after insert on outbox for each row execute function note_work();`);
  await visitor.listen();
  await visitor.write('Is the flat free?');
  const { write, end } = await writing(1);
  write('It is.');
  end();
  await answered(visitor, 'It is.');
  const { rows } = await database.query('select type, lane from asked');
  expect(rows).toEqual([{ type: 'answer', lane: null }]);
  const marks = await database.query(`select delivery_status as status from journal where kind = 'assistant.message'`);
  expect(new Set(marks.rows.map(({ status }) => status))).toEqual(new Set(['sent']));
});
