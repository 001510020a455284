/** Messages that answer a certain one, of customers and of agents. */
import { describe, expect, it } from 'vitest';
import { sessionEvent } from '#machines/session/events.ts';
import type { FileRef } from '#machines/session/files.ts';
import { ann, liveSession } from './live-session.ts';

const FILES: FileRef[] = ['a', 'b'].map((id) => ({ id, name: `${id}.pdf`, mimeType: 'application/pdf', size: 1 }));
const QUOTED = { author: 'assistant', text: 'In Tower A' } as const;

describe('of an agent', () => {
  it.each([
    ['its text alone has it', { text: 'Yes', files: FILES }, ['m1', undefined, undefined]],
    ['the first of its files has it if there is no text', { text: '', files: FILES }, ['m1', undefined]],
    ['its card has it', { text: '', card: { kind: 'location', latitude: 30, longitude: 31 } as const }, ['m1']],
  ])('%s', (_, more, answered) => {
    const s = liveSession();
    s.say('Is it free?');
    s.send({ type: 'agent.message', at: s.now(), agent: ann, replyTo: 'm1', ...more });
    expect([...s.sent, ...s.files].map(({ replyTo }) => replyTo)).toEqual(answered);
  });

  it('that is sent later has it too, also if it is sent before its time', () => {
    for (const isGiven of [false, true]) {
      const s = liveSession();
      s.say('Is it free?');
      s.send({ type: 'agent.claim', at: s.now(), agent: ann });
      const later = { id: 'later-01', text: 'Yes', sendAt: s.now() + 20_000, seen: 1, replyTo: 'm1' };
      s.send({ type: 'agent.schedule', at: s.now(), agent: ann, ...later });
      expect(s.context().scheduled).toMatchObject([{ id: 'later-01', replyTo: 'm1' }]);
      if (isGiven) s.send({ type: 'agent.release', at: s.now(), agent: ann });
      else s.advance(20_000);
      expect(s.sent.map(({ text, replyTo, scheduled }) => [text, replyTo, scheduled])).toEqual([['Yes', 'm1', 'later-01']]);
    }
  });

  it('that names no id is refused', () => {
    const event = { type: 'agent.message', at: 1, agent: ann, text: 'Yes' };
    expect(sessionEvent.safeParse({ ...event, replyTo: 'm1' }).success).toBe(true);
    for (const replyTo of ['', 'x'.repeat(301), 7]) expect(sessionEvent.safeParse({ ...event, replyTo }).success).toBe(false);
  });
});

describe('of a customer', () => {
  it('is kept with what it answers, for the run that answers it', () => {
    const s = liveSession({ debounceMs: 0 });
    s.send({ type: 'customer.message', id: 'm1', at: s.now(), text: 'This one', replyTo: 'wa:9', quoted: QUOTED });
    expect(s.context().messages).toMatchObject([{ id: 'm1', replyTo: 'wa:9', quoted: QUOTED }]);
    expect(s.answers.at(-1)?.input.messages).toMatchObject([{ id: 'm1', quoted: QUOTED }]);
  });

  it('quotes nothing any more of a message that the customer deleted', () => {
    const s = liveSession();
    const quoted = { author: 'customer', text: 'my number is 1234' } as const;
    s.send({ type: 'customer.message', id: 'm1', at: s.now(), text: 'my number is 1234' });
    s.send({ type: 'customer.message', id: 'm2', at: s.now(), text: 'see above', replyTo: 'm1', quoted });
    s.send({ type: 'customer.revoke', id: 'm1', at: s.now() });
    expect(JSON.stringify(s.context().messages)).not.toContain('1234');
    expect(s.context().messages[1]).toMatchObject({ text: 'see above', replyTo: 'm1' });
  });
});
