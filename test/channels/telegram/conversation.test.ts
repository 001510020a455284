/**
 * Two hundred messages, each answered with a streamed text. Telegram repeats updates and holds
 * sends and edits (429), connections are cut, the store goes away for moments, and the program dies
 * halfway and is restarted.
 */
import { describe, expect, it, vi } from 'vitest';
import type { ChannelEvent, Intake } from '#channels/inbound.ts';
import { type ChannelAdapter, RateLimited } from '#channels/port.ts';
import { StatechatError, Unavailable } from '#machines/errors.ts';
import { at, CHAT, says, startAdapter } from './started-adapter.ts';
import type { TestClock } from './test-clock.ts';

const COUNT = 200;
const answerTo = (text: string): string =>
  `You said **${text}**.\n\n${'So it is written here once more. '.repeat(text.endsWith('7') ? 200 : 3).trim()}`;
const plain = (text: string): string => answerTo(text).replaceAll('**', '');

/** State that outlives the program, events taken once each, and the progress of their answers. */
interface Disk {
  readonly events: ChannelEvent[];
  readonly ids: Set<string>;
  answered: number;
  sent: string[];
  draft: string | undefined;
}

/** One life of the program. */
class Program {
  private readonly life = new AbortController();
  private readonly adapter: ChannelAdapter;
  private readonly disk: Disk;
  private readonly clock: TestClock;
  private readonly worker: Promise<void>;
  private taken = 0;

  constructor(adapter: ChannelAdapter, disk: Disk, clock: TestClock) {
    this.adapter = adapter;
    this.disk = disk;
    this.clock = clock;
    this.worker = this.work();
  }

  readonly intake: Intake = async (event) => {
    if (this.life.signal.aborted || ++this.taken % 23 === 0) throw new Unavailable('the store is away');
    const id = 'id' in event ? event.id : '';
    const duplicate = this.disk.ids.has(id);
    if (!duplicate) {
      this.disk.ids.add(id);
      this.disk.events.push(event);
    }
    return { sessionId: 'session', version: this.disk.events.length, duplicate };
  };

  async die(): Promise<void> {
    this.life.abort();
    await this.worker;
    await this.adapter.stop();
  }

  private async work(): Promise<void> {
    while (!this.life.signal.aborted) {
      const event = this.disk.events[this.disk.answered];
      if (!event || !('text' in event)) await this.clock.sleep(50);
      else await this.answer(event.text).catch((error: unknown) => this.later(error));
    }
  }

  private async answer(text: string): Promise<void> {
    const { disk, clock, life } = this;
    const answer = answerTo(text);
    if (disk.sent.length === 0) {
      const draft = this.adapter.draft(at(CHAT), { signal: life.signal, ...(disk.draft === undefined ? {} : { resume: disk.draft }) });
      for (let end = 10; end < answer.length && !life.signal.aborted; end += Math.ceil(answer.length / 10)) {
        draft.update(answer.slice(0, end));
        await clock.sleep(300);
      }
      disk.draft = (await draft.close()) ?? undefined;
    }
    if (life.signal.aborted) return;
    const onSent = async (ref: string): Promise<void> => void disk.sent.push(ref);
    const { draft } = disk;
    await this.adapter.send(at(CHAT), says(answer), {
      key: 'k',
      statusKey: 'k.1',
      attempt: 1,
      signal: life.signal,
      ...(draft === undefined ? {} : { draft }),
      sent: [...disk.sent],
      onSent,
    });
    Object.assign(disk, { answered: disk.answered + 1, sent: [], draft: undefined });
  }

  private async later(error: unknown): Promise<void> {
    if (!(error instanceof StatechatError && error.retryable)) throw error;
    await this.clock.sleep(error instanceof RateLimited ? error.retryAfterMs : 500);
  }
}

for (const mode of ['polling', 'webhook'] as const) {
  describe(`a long conversation over Telegram by ${mode} (C2, C6, C7, C8; G2, G3)`, () => {
    it('keeps every message and every answer, once and in order, within the limits', async () => {
      const { api, adapter, another, clock } = await startAdapter({ mode, api: { limits: true, webhookRetryMs: 2 } });
      const disk: Disk = { events: [], ids: new Set(), answered: 0, sent: [], draft: undefined };
      const texts = Array.from({ length: COUNT }, (_, i) => `message ${i}`);
      let scripted = 0;
      const hold = (method: string, retryAfter: number): void => {
        api.fail(method, { status: 429, retryAfter });
        scripted++;
      };
      const onError = (i: number): void => {
        if (i % 9 === 0) hold('sendMessage', 3);
        if (i % 7 === 0) hold('editMessageText', 4);
        if (i % 50 === 0) hold('editMessageText', 120);
        if (i % 13 === 0) api.fail('getUpdates', 'cut');
        if (i % 11 === 0) api.fail('editMessageText', { status: 502 });
      };

      let program = new Program(adapter, disk, clock);
      await adapter.start(program.intake);
      for (const [i, text] of texts.entries()) {
        onError(i);
        api.say(CHAT, text, { copies: i % 5 === 0 ? 2 : 1 });
        await vi.waitFor(() => expect(disk.answered).toBeGreaterThanOrEqual(i - 6), { interval: 2 });
        if (i !== COUNT / 2) continue;
        await program.die();
        const next = await another();
        program = new Program(next, disk, clock);
        await next.start(program.intake);
      }
      await vi.waitFor(() => expect(disk.answered).toBe(COUNT), { interval: 5 });
      await program.die();

      expect(disk.events.map((event) => ('text' in event ? event.text : ''))).toEqual(texts);
      const shown = api.shown(CHAT).join(' ').replace(/\s+/g, ' ');
      expect(shown).toBe(texts.map(plain).join(' ').replace(/\s+/g, ' '));
      // Limits are respected before they bite. The only 429 are the scripted ones, and one that
      // shows the second life how recently the first one sent.
      expect(api.calls.filter(({ status }) => status === 429).length).toBeLessThanOrEqual(scripted + 1);
      expect(api.callsOf('editMessageText').filter(({ status }) => status === 200).length).toBeGreaterThan(COUNT);
      expect(api.callsOf('editMessageText').filter(({ status }) => status === 429).length).toBeGreaterThan(10);
    });
  });
}
