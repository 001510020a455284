/** Saved responses and macros in the console, without a browser. */
import { describe, expect, it } from 'vitest';
import type { CannedResponse, Macro } from '#console/client/library.ts';
import { CommandError, type Request } from '#console/client/request.ts';
import { ApiRefusal, apiFile, apiRequest } from '#console/inbox/api-request.ts';
import { customerIn, filled, firstMissing, found, missingIn, shortcutIn, textIn, valuesOf } from '#console/inbox/canned-text.ts';
import { Library, type Saved } from '#console/inbox/library.ts';
import { type MacroContext, prepared, runSteps, sendsText } from '#console/inbox/macro-runner.ts';

const response = (name: string, ...texts: readonly (readonly [string, string])[]): Saved<CannedResponse> => ({
  id: `id of ${name}`,
  version: 1,
  shared: true,
  item: { kind: 'canned', name, title: `Title of ${name}`, texts: texts.map(([locale, text]) => ({ locale, text })) },
});

describe('texts of saved responses', () => {
  it('fills in what is known, and names what is missing', () => {
    const stored = { snapshot: { context: { customer: { name: 'Nora', phone: ' ', locale: 'ar-EG' } } } };
    const values = valuesOf(customerIn(stored), 'Amira', null);
    const text = filled('Hello {{customer.name}}, {{ agent.name }} here. {{customer.phone}} {{constructor}} {{customer.phone}}', values);
    expect(text).toBe('Hello Nora, Amira here. {{customer.phone}} {{constructor}} {{customer.phone}}');
    expect(missingIn(text)).toEqual(['customer.phone', 'constructor']);
    expect(text.slice(...(firstMissing(text) ?? []))).toBe('{{customer.phone}}');
    expect([missingIn('a {b} {{}} $1'), firstMissing('nothing')]).toEqual([[], undefined]);
    // What a value says is not filled in again.
    expect(filled('{{customer.name}}', { 'customer.name': '{{agent.name}}', 'agent.name': 'Amira' })).toBe('{{agent.name}}');
    expect(customerIn({ snapshot: { context: 'another machine' } })).toEqual({});
  });

  it('takes the text in the language of the customer, else in that of the console, else the first', () => {
    const { item } = response('greet', ['en', 'Hello'], ['ar', 'مرحبًا'], ['en-GB', 'Good day']);
    expect(textIn(item, ['ar-EG', 'en'])).toBe('مرحبًا');
    expect(textIn(item, ['EN-gb'])).toBe('Good day');
    expect(textIn(item, [undefined, 'ar'])).toBe('مرحبًا');
    expect(textIn(item, ['fr'])).toBe('Hello');
  });

  it('finds by the beginning of the shortcut first, then anywhere, in any form of a letter', () => {
    const all = [response('bye', ['en', 'Greetings from us']), response('greet', ['en', 'Hello']), response('وداع', ['ar', 'إلى اللقاء'])];
    expect(found(all, 'GRE').map(({ item }) => item.name)).toEqual(['greet', 'bye']);
    expect(found(all, 'الى').map(({ item }) => item.name)).toEqual(['وداع']);
    expect(found(all, '')).toHaveLength(3);
    expect([shortcutIn('/gr'), shortcutIn('/'), shortcutIn('/وداع'), shortcutIn('/gr x'), shortcutIn('a /gr')]).toEqual([
      'gr',
      '',
      'وداع',
      undefined,
      undefined,
    ]);
  });
});

describe('macros', () => {
  const context: MacroContext = {
    sessionId: 's1',
    seen: 7,
    canned: [response('greet', ['en', 'Hello {{customer.name}}'])],
    values: { 'customer.name': 'Nora' },
    locales: ['en'],
  };
  const macro = (...steps: Macro['steps']): Macro => ({ kind: 'macro', name: 'x', steps });

  it('makes commands for the session of its steps, with their texts filled in', () => {
    const steps = prepared(
      macro({ type: 'canned', itemId: 'id of greet' }, { type: 'note', text: 'Done' }, { type: 'transfer', queue: 'billing' }),
      context,
    );
    expect(steps.map(({ request }) => request)).toEqual([
      { type: 'send', sessionId: 's1', seen: 7, text: 'Hello Nora' },
      { type: 'note', sessionId: 's1', text: 'Done' },
      { type: 'transfer', sessionId: 's1', queue: 'billing' },
    ]);
    expect(steps.every(({ fault }) => fault === undefined)).toBe(true);
    expect([sendsText(steps), sendsText(steps.slice(1))]).toEqual([true, false]);
  });

  it('says what keeps a step from being run, before anything is sent', () => {
    const steps = prepared(
      macro({ type: 'canned', itemId: 'gone' }, { type: 'send', text: '{{customer.phone}}' }, { type: 'transfer', to: 'nobody' }),
      context,
    );
    expect(steps.map(({ fault }) => fault)).toEqual([
      { kind: 'no text' },
      { kind: 'missing', names: ['customer.phone'] },
      { kind: 'unknown' },
    ]);
  });

  it('stops at the first step that is refused or changes nothing, and says how many were done', async () => {
    const steps = prepared(macro({ type: 'claim' }, { type: 'note', text: 'a' }, { type: 'close' }), context);
    const run = async (answers: readonly ('ack' | 'held' | 'ignored' | 'lost')[]) => {
      const sent: Request['type'][] = [];
      const result = await runSteps(steps, async ({ type }) => {
        const answer = answers[sent.length];
        sent.push(type);
        if (answer === 'held') throw new CommandError({ code: 'held', message: 'held', holder: 'Omar' });
        if (answer === 'lost') throw new Error('The client was stopped.');
        return { type: 'ack', requestId: 'r', ...(answer === 'ignored' ? { ignored: 'it is closed' } : {}) };
      });
      return { sent, ...result };
    };
    expect(await run(['ack', 'ack', 'ack'])).toEqual({ sent: ['claim', 'note', 'close'], done: 3, problem: undefined });
    expect(await run(['held'])).toEqual({ sent: ['claim'], done: 0, problem: { kind: 'held', holder: 'Omar' } });
    expect(await run(['ack', 'ignored'])).toEqual({
      sent: ['claim', 'note'],
      done: 1,
      problem: { kind: 'refused', message: 'it is closed' },
    });
    expect(await run(['ack', 'ack', 'lost'])).toMatchObject({ done: 2, problem: { kind: 'refused' } });
  });
});

describe('the library', () => {
  it('reads all kinds, leaves out what it does not know, and reads again after each change', async () => {
    const requests: string[] = [];
    const items = (kind: string) =>
      kind === 'canned'
        ? [response('greet', ['en', 'Hello']), { id: 'later', version: 1, shared: true, item: { kind: 'canned', tune: 'la' } }]
        : [];
    let refusal: ApiRefusal | undefined;
    const library = new Library(async (method, path, body) => {
      requests.push(`${method} ${path}${body === undefined ? '' : ` ${JSON.stringify(body)}`}`);
      if (method !== 'GET' && refusal !== undefined) throw refusal;
      return { items: items(path.split('kind=')[1] ?? '') };
    });
    await library.load();
    expect(library.state.snapshot().canned.map(({ id }) => id)).toEqual(['id of greet']);
    requests.length = 0;
    await library.save({ kind: 'filter', name: 'Mine', filter: {} }, false);
    await library.remove({ id: 'a/b', version: 3 });
    expect(requests.filter((one) => !one.startsWith('GET'))).toEqual([
      'POST /library {"item":{"kind":"filter","name":"Mine","filter":{}},"shared":false}',
      'DELETE /library/a%2Fb?version=3',
    ]);
    expect(requests.filter((one) => one.startsWith('GET'))).toHaveLength(6);
    refusal = new ApiRefusal('changed', 'It was changed meanwhile.');
    await expect(library.save({ kind: 'filter', name: 'Mine', filter: {} }, true, { id: 'a', version: 1 })).rejects.toBe(refusal);
    expect(requests.at(-4)).toBe('PUT /library/a {"item":{"kind":"filter","name":"Mine","filter":{}},"shared":true,"version":1}');
  });

  it('says why the server refused, also if it does not say it as it should', async () => {
    let answer = new Response('{"code":"taken","detail":"\\"greet\\" is taken."}', { status: 409 });
    const seen: unknown[] = [];
    const http: typeof fetch = async (path, init) => {
      seen.push(path, new Headers(init?.headers).get('authorization'));
      return answer;
    };
    const token = async () => ({ token: 't1' });
    await expect(apiRequest(http, token)('GET', '/library')).rejects.toMatchObject({ code: 'taken', message: '"greet" is taken.' });
    answer = new Response('<html>', { status: 502 });
    await expect(apiFile(http, token)('/x')).rejects.toThrow('/x answered 502');
    expect(seen).toEqual(['/api/library', 'Bearer t1', '/api/x', 'Bearer t1']);
  });
});
