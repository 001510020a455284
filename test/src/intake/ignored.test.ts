import { expect, test } from 'vitest';
import { countIgnored } from '#src/intake/ignored.ts';
import { createMetrics } from '#src/telemetry/metrics.ts';

test('counts every ignored event, and logs the first of a kind, the tenth, the hundredth', async () => {
  const { metrics, render } = createMetrics();
  const lines: { readonly level: string; readonly facts: object }[] = [];
  const note = (level: string) => (facts: object) => void lines.push({ level, facts });
  const ignored = countIgnored({ metrics, log: { info: note('info'), debug: note('debug') } });
  for (let id = 1; id <= 150; id++)
    ignored('telegram', { kind: 'message.new_chat_members', reason: 'who is in a chat', providerId: `${id}` });
  ignored('telegram', { kind: 'sender.bot', reason: 'two bots', providerId: '151' });

  const seen = lines.filter(({ level }) => level === 'info').map(({ facts }) => facts);
  expect(seen).toEqual([
    { channel: 'telegram', kind: 'message.new_chat_members', reason: 'who is in a chat', providerId: '1', count: 1 },
    { channel: 'telegram', kind: 'message.new_chat_members', reason: 'who is in a chat', providerId: '10', count: 10 },
    { channel: 'telegram', kind: 'message.new_chat_members', reason: 'who is in a chat', providerId: '100', count: 100 },
    { channel: 'telegram', kind: 'sender.bot', reason: 'two bots', providerId: '151', count: 1 },
  ]);
  expect(lines).toHaveLength(151);
  const { body } = await render();
  expect(body).toContain('statechat_ignored_total{channel="telegram",kind="message.new_chat_members"} 150');
  expect(body).toContain('statechat_ignored_total{channel="telegram",kind="sender.bot"} 1');
});
