/** Files that an agent sends, and agents that a note mentions. */
import { expect, it } from 'vitest';
import { sessionEvent } from '#machines/session/events.ts';
import { ann, bob, liveSession, report } from './live-session.ts';

it('sends the text first and then the files, in the name of the agent, and a model reads that there were some', () => {
  const s = liveSession();
  s.say('hello');
  s.send({ type: 'agent.claim', at: s.now(), agent: ann });
  s.forget();
  const other = { ...report, id: `${report.id}x`, name: 'photo.png', mimeType: 'image/png' };
  s.send({ type: 'agent.message', at: s.now(), agent: ann, text: 'Here', files: [report, other] });
  s.send({ type: 'agent.message', at: s.now(), agent: ann, text: '', files: [report] });
  expect(s.order).toEqual(['Here', 'AAPL.pdf', 'photo.png', 'AAPL.pdf']);
  expect(s.files.map(({ author, agent }) => [author, agent])).toEqual(Array.from({ length: 3 }, () => ['agent', ann]));
  expect(
    s
      .context()
      .messages.slice(-2)
      .map(({ text }) => text),
  ).toEqual(['Here\n[AAPL.pdf]\n[photo.png]', '[AAPL.pdf]']);
});

it('sends nothing of an agent who does not hold the session', () => {
  const s = liveSession();
  s.say('hello');
  s.send({ type: 'agent.claim', at: s.now(), agent: ann });
  s.forget();
  s.send({ type: 'agent.message', at: s.now(), agent: bob, text: '', files: [report] });
  expect([s.order, s.emitted.map(({ type }) => type)]).toEqual([[], ['refused']]);
});

it('calls each agent that a note mentions once, and not its author', () => {
  const s = liveSession();
  s.say('hello');
  s.forget();
  const at = s.now();
  s.send({ type: 'note', at, agent: ann, text: '@Bob @Ann', mentions: ['b1', 'a1', 'b1', 'c1'] });
  s.send({ type: 'note', at, agent: ann, text: 'for the journal' });
  const note = { by: ann, at };
  expect(s.notified).toEqual([
    { reason: 'mention', agentId: 'b1', note },
    { reason: 'mention', agentId: 'c1', note },
  ]);
  expect(s.context().counters.notes).toBe(2);
});

it('takes a message that says something or has files, as stored ones do', () => {
  const message = { type: 'agent.message', at: 1, agent: ann };
  expect(sessionEvent.safeParse({ ...message, text: 'hello' }).success).toBe(true);
  expect(sessionEvent.safeParse({ ...message, text: '', files: [report] }).success).toBe(true);
  expect(sessionEvent.safeParse({ ...message, text: ' ' }).success).toBe(false);
  expect(sessionEvent.safeParse({ ...message, text: '', files: [] }).success).toBe(false);
});
