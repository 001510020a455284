/**
 * What WhatsApp reports of our own messages, which are echoes of a human on the phone, echoes of
 * what the program sent itself, and failures that come as an answer, as a status, or as both.
 */
import { describe, expect, it } from 'vitest';
import { at, KEY, PHONE, says, sending, startAdapter, USER } from './started-adapter.ts';

const to = at(PHONE);
const wamid = (ref: string): string => ref.replace('wa:', '');

describe('an echo', () => {
  it('of a human on the phone is passed on, to the conversation of the customer', async () => {
    const { api, host } = await startAdapter();
    await api.webhooks.post(api.webhooks.text({ phone: PHONE, userId: USER }, 'wamid.1', 'Is anybody there?'));
    const id = api.messages.phoneWrites(PHONE, 'Yes, one moment.');
    await api.webhooks.post(api.webhooks.echo({ phone: PHONE }, id, 'Yes, one moment.'));
    const [echo] = host.of('echo');
    expect(echo).toMatchObject({ id: `wa:${id}`, messageId: `wa:${id}`, text: 'Yes, one moment.' });
    expect(host.where(echo)).toBe(at(USER));
  });

  it('that names the customer by user id alone is passed on', async () => {
    const { api, host } = await startAdapter();
    await api.webhooks.post(api.webhooks.echo({ userId: USER }, 'wamid.e', 'Hello'));
    expect(host.of('echo')).toMatchObject([{ address: at(USER) }]);
  });

  it('of our own send is recognised by its id', async () => {
    const { api, adapter, host, ignored } = await startAdapter();
    const ref = await adapter.send(to, says('From the bot'), sending().context);
    await api.webhooks.post(api.webhooks.echo({ phone: PHONE }, wamid(ref), 'From the bot'));
    expect(host.of('echo')).toEqual([]);
    expect(ignored.map(({ kind }) => kind)).toEqual(['echo.ours']);
  });

  it('of our own send is recognised while the answer to the send is still under way', async () => {
    const { api, adapter, host, ignored } = await startAdapter();
    const answer = Promise.withResolvers<void>();
    api.hold = answer.promise;
    const sent = adapter.send(to, says('From the bot'), sending().context);
    await expect.poll(() => api.screen(PHONE).length).toBe(1);
    const echo = api.webhooks.post(api.webhooks.echo({ phone: PHONE }, api.screen(PHONE)[0]?.id ?? '', 'From the bot'));
    // A webhook that was posted after it is answered before it.
    await api.webhooks.post(api.webhooks.text({ userId: USER }, 'wamid.later', 'hello'));
    const early = await Promise.race([echo, new Promise((resolve) => setImmediate(resolve, 'waits'))]);
    expect(early).toBe('waits');
    answer.resolve();
    await sent;
    expect(await echo).toBe(200);
    expect(host.of('echo')).toEqual([]);
    expect(ignored.map(({ kind }) => kind)).toEqual(['echo.ours']);
  });

  it('of a human is passed on though sends of ours are under way, after them', async () => {
    const { api, adapter, host } = await startAdapter();
    const answer = Promise.withResolvers<void>();
    api.hold = answer.promise;
    const sent = adapter.send(to, says('From the bot'), sending().context);
    await expect.poll(() => api.screen(PHONE).length).toBe(1);
    const echo = api.webhooks.post(api.webhooks.echo({ phone: PHONE }, 'wamid.human', 'From a human'));
    answer.resolve();
    await Promise.all([sent, echo]);
    expect(host.of('echo')).toMatchObject([{ text: 'From a human' }]);
  });
});

describe('a failure', () => {
  const failed = (id: string, code: number, data: object = { biz_opaque_callback_data: KEY }) => ({
    id,
    ...data,
    errors: [{ code, title: 'failed', error_data: { details: 'as scripted' } }],
  });

  it('that comes by webhook alone is reported', async () => {
    const { api, adapter, host } = await startAdapter();
    const ref = await adapter.send(to, says('x'), sending().context);
    await api.webhooks.post(api.webhooks.status('failed', failed(wamid(ref), 131049)));
    expect(host.of('status')).toMatchObject([
      { status: 'failed', statusKey: KEY, ref, failure: { code: '131049', reason: expect.stringMatching(/enough marketing/) } },
    ]);
  });

  it('that comes as the answer and by webhook is reported by the send alone', async () => {
    const { api, adapter, host, ignored } = await startAdapter();
    api.fail(/\/messages$/, { code: 131047 });
    await expect(adapter.send(to, says('x'), sending().context)).rejects.toMatchObject({ facts: { code: 131047 } });
    await api.webhooks.post(api.webhooks.status('failed', failed('wamid.never-answered', 131047)));
    expect(host.of('status')).toEqual([]);
    expect(ignored.map(({ kind }) => kind)).toEqual(['status.refused_before']);
  });

  it('of an attempt that was followed by a good one does not fail the message', async () => {
    const { api, adapter, host } = await startAdapter();
    api.fail(/\/messages$/, { code: 130429 });
    const ref = await adapter.send(to, says('x'), sending().context);
    await api.webhooks.post(api.webhooks.status('failed', failed('wamid.first-attempt', 130429)));
    await api.webhooks.post(api.webhooks.status('delivered', { id: wamid(ref), biz_opaque_callback_data: KEY }));
    expect(host.of('status')).toMatchObject([{ status: 'delivered' }]);
    await api.webhooks.post(api.webhooks.status('failed', failed(wamid(ref), 131026)));
    expect(host.of('status')).toMatchObject([{ status: 'delivered' }, { status: 'failed', ref }]);
  });

  it('without our key is found by the id of the message', async () => {
    const { api, adapter, host } = await startAdapter();
    const ref = await adapter.send(to, says('x'), sending().context);
    await api.webhooks.post(api.webhooks.status('failed', failed(wamid(ref), 131026, {})));
    expect(host.of('status')).toMatchObject([{ status: 'failed', statusKey: KEY }]);
  });

  it('without any error says that WhatsApp does not say why', async () => {
    const { api, host } = await startAdapter();
    await api.webhooks.post(api.webhooks.status('failed', { id: 'wamid.x', biz_opaque_callback_data: KEY }));
    expect(host.of('status')).toMatchObject([{ failure: { code: 'unknown', reason: 'WhatsApp does not say why' } }]);
  });
});

describe('typing', () => {
  it('marks the last message as read, at most once in 20 s, and again after an answer', async () => {
    const { api, adapter, clock } = await startAdapter();
    await adapter.typing(to);
    expect(api.calls).toEqual([]);
    await api.webhooks.post(api.webhooks.text({ phone: PHONE }, 'wamid.last', 'hello'));
    await adapter.typing(to);
    await adapter.typing(to);
    expect(api.calls.map(({ payload }) => payload)).toEqual([
      { messaging_product: 'whatsapp', status: 'read', message_id: 'wamid.last', typing_indicator: { type: 'text' } },
    ]);
    clock.advance(20_000);
    await adapter.typing(to);
    expect(api.calls).toHaveLength(2);
    await adapter.send(to, says('an answer'), sending().context);
    await adapter.typing(to);
    expect(api.calls).toHaveLength(4);
  });

  it('never fails', async () => {
    const { api, adapter } = await startAdapter();
    await api.webhooks.post(api.webhooks.text({ phone: PHONE }, 'wamid.last', 'hello'));
    api.fail(/\/messages$/, { code: 190, status: 401 });
    await expect(adapter.typing(to)).resolves.toBeUndefined();
  });
});
