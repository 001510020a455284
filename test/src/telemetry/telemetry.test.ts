import { describe, expect, test } from 'vitest';
import { Secret } from '#machines/secret.ts';
import { createLog } from '#src/telemetry/log.ts';
import { createMetrics } from '#src/telemetry/metrics.ts';

function capture() {
  const lines: string[] = [];
  return { lines, destination: { write: (line: string) => void lines.push(line) } };
}

describe('the log', () => {
  test('writes one JSON object a line, at its level and above, with the facts of its children', () => {
    const { lines, destination } = capture();
    const log = createLog({ level: 'info', destination, readable: false });
    log.child({ sessionId: 's1' }).info({ turn: 4 }, 'turn done');
    log.debug({}, 'not this');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      sessionId: 's1',
      turn: 4,
      msg: 'turn done',
    });
  });

  test('removes secrets wherever they stand', () => {
    const { lines, destination } = capture();
    const log = createLog({ level: 'info', destination, readable: false });
    const headers = { authorization: 'Bearer hunter2', cookie: 'hunter2', 'x-telegram-bot-api-secret-token': 'hunter2' };
    log.info({ token: 'hunter2', config: { apiKey: 'hunter2' }, request: { headers }, wrapped: new Secret('hunter2') }, 'hello');
    expect(lines.join('')).not.toContain('hunter2');
    expect(lines.join('')).toContain('[secret]');
  });

  test('is readable at a terminal, with the stack of an error', () => {
    const { lines, destination } = capture();
    createLog({ level: 'info', destination, readable: true }).error({ port: 3000, error: new Error('taken') }, 'could not listen');
    expect(lines.join('')).toMatch(/ERROR.*could not listen.*port=3000/s);
    expect(lines.join('')).toMatch(/Error: taken\n\s+at /);
  });
});

describe('the metrics', () => {
  test('are rendered for Prometheus, each application its own', async () => {
    const { metrics, render } = createMetrics();
    metrics.turn(4);
    metrics.committed(17, 3);
    metrics.conflict();
    metrics.event('applied');
    metrics.effect('message.send', 'done', 200);
    metrics.run('settled', 2_000);
    metrics.timerFired(400);
    metrics.tokens('out', 120);
    metrics.liveSessions(() => 42);
    metrics.request('GET', '/api/sessions/:id', 200, 10);
    const { body, contentType } = await render();
    expect(contentType).toContain('text/plain');
    for (const line of [
      'statechat_events_total{outcome="applied"} 1',
      'statechat_turn_seconds_bucket{le="0.005"} 1',
      'statechat_commit_turns_bucket{le="16"} 0',
      'statechat_commit_turns_bucket{le="32"} 1',
      'statechat_conflicts_total 1',
      'statechat_effect_seconds_bucket{le="0.25",type="message.send",outcome="done"} 1',
      'statechat_run_seconds_bucket{le="2.5",outcome="settled"} 1',
      'statechat_timer_lateness_seconds_bucket{le="0.5"} 1',
      'statechat_tokens_total{direction="out"} 120',
      'statechat_live_sessions 42',
      'statechat_http_request_seconds_count{method="GET",route="/api/sessions/:id",status="200"} 1',
    ]) {
      expect(body).toContain(line);
    }
    expect((await createMetrics().render()).body).toContain('statechat_conflicts_total 0');
  });
});
