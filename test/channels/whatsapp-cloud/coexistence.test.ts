/**
 * The limit of a number that may be in the WhatsApp Business app too. The fake server refuses more
 * than the number may send, as Meta does.
 */
import { describe, expect, it } from 'vitest';
import { checkText } from '../check-text.ts';
import { at, PHONE, type StartedAdapter, says, sending, startAdapter } from './started-adapter.ts';

const NUMBER = /^106540352242922$/;
const COUNT = 60;

/** How many messages WhatsApp took in their first attempt, and how many seconds all took. */
async function sendToMany({ api, adapter, clock }: StartedAdapter): Promise<{ readonly refused: number; readonly seconds: number }> {
  const people = Array.from({ length: COUNT }, (_, i) => `2010000${String(i).padStart(5, '0')}`);
  const begun = clock.now();
  await Promise.all(people.map((phone) => adapter.send(at(phone), says('hi'), sending().context)));
  const refused = api.callsOf(/\/messages$/).filter(({ status }) => status !== 200).length;
  return { refused, seconds: (clock.now() - begun) / 1_000 };
}

async function started({
  isInApp,
  perSecond,
  closed = false,
}: {
  readonly isInApp: boolean;
  readonly perSecond?: number;
  readonly closed?: boolean;
}): Promise<StartedAdapter> {
  const one = await startAdapter({
    api: { limits: true, perSecond: isInApp ? 20 : 80 },
    adapter: { perSecond, maxWaitMs: 100_000 },
    before: (api) => {
      api.number = { is_on_biz_app: isInApp };
      if (closed) api.fail(NUMBER, 'cut');
    },
  });
  if (perSecond === undefined) await expect.poll(() => one.api.callsOf(NUMBER).length).toBe(1);
  return one;
}

const LOWERED = 'the whatsapp number is in the WhatsApp Business app too, so its limit is lower';
const said = ({ log }: StartedAdapter, level: string) => log.filter((line) => line.level === level).map(({ message }) => message);

describe('a number', () => {
  it('that is in the app too sends 20 messages a second, and is asked for once', async () => {
    const one = await started({ isInApp: true });
    expect(one.api.callsOf(NUMBER)[0]?.payload).toEqual({ fields: 'is_on_biz_app' });
    await expect.poll(() => said(one, 'info')).toEqual([LOWERED]);
    const { refused, seconds } = await sendToMany(one);
    expect(refused).toBe(0);
    expect(seconds).toBeGreaterThanOrEqual(2.2);
    expect(one.api.callsOf(NUMBER)).toHaveLength(1);
    expect(await checkText(one.adapter)).toBeNull();
  });

  it('that is not sends 80', async () => {
    const one = await started({ isInApp: false });
    // The answer to the question of the start was read before this one.
    expect(await checkText(one.adapter)).toBeNull();
    expect(await sendToMany(one)).toEqual({ refused: 0, seconds: 0 });
    expect(said(one, 'info')).toEqual([]);
  });

  it('whose limit is set keeps it, whatever WhatsApp says, and nothing is asked', async () => {
    const one = await started({ isInApp: true, perSecond: 10 });
    await one.api.webhooks.post(one.api.webhooks.echo({ phone: PHONE }, 'wamid.e', 'Hello'));
    const sent = await sendToMany(one);
    expect(sent.refused).toBe(0);
    expect(sent.seconds).toBeGreaterThanOrEqual(5.5);
    expect(one.api.callsOf(NUMBER)).toEqual([]);
    const more = await started({ isInApp: true, perSecond: 80 });
    await more.api.webhooks.post(more.api.webhooks.echo({ phone: PHONE }, 'wamid.e', 'Hello'));
    expect((await sendToMany(more)).refused).toBeGreaterThan(0);
    expect(await checkText(more.adapter)).toMatch(/WHATSAPP_CLOUD_MESSAGES_PER_SECOND=20/);
  });

  it('that nobody could ask for has 80, and 20 from the first echo on', async () => {
    const one = await started({ isInApp: true, closed: true });
    await expect.poll(() => said(one, 'warn')).toEqual([expect.stringContaining('did not say')]);
    expect((await sendToMany(one)).refused).toBeGreaterThan(0);
    one.clock.advance(10_000);
    one.api.calls.length = 0;
    const echo = (id: string) => one.api.webhooks.post(one.api.webhooks.echo({ phone: PHONE }, id, 'Hello'));
    expect([await echo('wamid.e1'), await echo('wamid.e2')]).toEqual([200, 200]);
    expect(said(one, 'info').filter((message) => message === LOWERED)).toHaveLength(1);
    one.clock.advance(120_000);
    const { refused, seconds } = await sendToMany(one);
    expect(refused).toBe(0);
    expect(seconds).toBeGreaterThanOrEqual(2.2);
  });

  it('that was added to the app while the program runs has 20 from an echo of a message of the program on', async () => {
    const one = await started({ isInApp: false });
    const ref = await one.adapter.send(at(PHONE), says('From the bot'), sending().context);
    await one.api.webhooks.post(one.api.webhooks.echo({ phone: PHONE }, ref.replace('wa:', ''), 'From the bot'));
    expect(one.ignored.map(({ kind }) => kind)).toEqual(['echo.ours']);
    one.clock.advance(10_000);
    expect((await sendToMany(one)).seconds).toBeGreaterThanOrEqual(2.2);
  });

  it('does not keep the channel from being stopped while WhatsApp does not answer', async () => {
    const answer = Promise.withResolvers<void>();
    const one = await startAdapter({ adapter: { perSecond: undefined }, before: (api) => Object.assign(api, { hold: answer.promise }) });
    await expect.poll(() => one.api.callsOf(NUMBER).length).toBe(1);
    await one.adapter.stop();
    answer.resolve();
    expect(said(one, 'warn')).toEqual([]);
  });
});
