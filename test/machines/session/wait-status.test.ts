/** Notices of the wait to a customer who waits for a human. */
import { expect, it } from 'vitest';
import type { SessionEventOf } from '#machines/session/events.ts';
import { ann, type LiveSession, liveSession, MINUTE } from './live-session.ts';

function waiting(locale = 'en'): LiveSession {
  const s = liveSession({ locale });
  s.send({ type: 'escalate', at: s.now(), reason: 'asked' });
  s.forget();
  return s;
}

function report(s: LiveSession, status: Omit<SessionEventOf<'wait.status'>, 'type' | 'at'>): string[] {
  s.forget();
  s.send({ type: 'wait.status', at: s.now(), ...status });
  return s.sent.map(({ text }) => text);
}

it('is the place, again only when it is a better one', () => {
  const s = waiting();
  expect(report(s, { open: true, place: 3 })).toEqual(['You are number 3 in line.']);
  expect(report(s, { open: true, place: 3 })).toEqual([]);
  expect(report(s, { open: true, place: 4 })).toEqual([]);
  expect(s.emitted).toEqual([{ type: 'ignored', reason: 'the customer knows it' }]);
  expect(report(s, { open: true, place: 2 })).toEqual(['You are number 2 in line.']);
  expect(report(s, { open: true })).toEqual([]);
});

it('is the end of the business hours, and their beginning', () => {
  const s = waiting();
  expect(report(s, { open: true, place: 2 })).toHaveLength(1);
  expect(report(s, { open: false, back: 'Sunday at 9:00' })).toEqual([expect.stringContaining('back on Sunday at 9:00')]);
  expect(report(s, { open: false, back: 'Sunday at 9:00' })).toEqual([]);
  expect(report(s, { open: true, place: 2 })).toEqual(['You are number 2 in line.']);
});

it('is not that all are busy while they are away', () => {
  const away = waiting();
  report(away, { open: false });
  away.forget();
  away.advance(10 * MINUTE);
  expect([away.told(), away.notified.map(({ reason }) => reason)]).toEqual([[], ['still_waiting']]);
  const busy = waiting();
  report(busy, { open: true, place: 2 });
  busy.forget();
  busy.advance(10 * MINUTE);
  expect(busy.told()).toEqual(['stillWaiting']);
});

it('is told anew in another queue, and in another wait', () => {
  const s = waiting();
  expect(report(s, { open: true, place: 1 })).toHaveLength(1);
  s.send({ type: 'agent.transfer', at: s.now(), agent: ann, queue: 'billing' });
  expect(report(s, { open: true, place: 5 })).toEqual(['You are number 5 in line.']);
  s.send({ type: 'agent.claim', at: s.now(), agent: ann });
  expect(report(s, { open: true, place: 1 })).toEqual([]);
  s.send({ type: 'agent.transfer', at: s.now(), agent: ann });
  expect(report(s, { open: true, place: 6 })).toEqual(['You are number 6 in line.']);
});

it('has the way back, in the words of the customer’s language', () => {
  const s = waiting('ar');
  for (const status of [{ open: true, place: 2 }, { open: false, back: 'الأحد' }, { open: true, place: 1 }, { open: false }])
    report(s, status);
  const buttons = [{ id: 'assistant', label: 'العودة إلى المساعد' }];
  expect(s.sent).toMatchObject([{ notice: 'agentsAbsent', buttons, text: expect.stringContaining('/assistant') }]);
  expect(report(waiting('ar'), { open: true, place: 2 })).toEqual(['ترتيبك في الانتظار: 2.']);
});

it('is how long the wait will be, once', () => {
  const s = waiting();
  expect(report(s, { open: true, place: 3, minutes: 5 })).toEqual(['You are number 3 in line. The wait is about 5 minutes right now.']);
  expect(report(s, { open: true, place: 3 })).toEqual([]);
  expect(report(s, { open: true, place: 2 })).toEqual(['You are number 2 in line.']);
  expect(report(waiting(), { open: true, place: 1, minutes: 1 })).toEqual(['The wait for a colleague is about a minute right now.']);
  expect(report(waiting(), { open: true, place: 2, minutes: 100 })[0]).toContain('about 2 hours');
});

it.each([
  [1, 'نحو دقيقة واحدة'],
  [2, 'نحو دقيقتين'],
  [5, 'نحو 5 دقائق'],
  [25, 'نحو 25 دقيقة'],
  [60, 'نحو ساعة واحدة'],
  [130, 'نحو ساعتين'],
])('is %i minutes in Arabic, in the form of the number', (minutes, text) => {
  expect(report(waiting('ar'), { open: true, place: 1, minutes })).toEqual([`مدة انتظار أحد الزملاء الآن ${text}.`]);
});

it('is that nobody is online, and that somebody is again', () => {
  const s = waiting();
  expect(report(s, { open: true, online: false, place: 2 })).toEqual([expect.stringContaining('away right now')]);
  expect(report(s, { open: true, online: false, place: 2 })).toEqual([]);
  expect(report(s, { open: true, online: true, place: 2 })).toEqual(['You are number 2 in line.']);
});
