/**
 * Measures one answer after another, streamed by the bare SDK, by the agent service in this
 * process, and by the agent process over HTTP.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import Anthropic from '@anthropic-ai/sdk';
import { createAnthropicProvider } from '#agent-service/anthropic/adapter.ts';
import { RemoteAgentService } from '#agent-service/remote/service.ts';
import { type AgentService, InProcessAgentService } from '#agent-service/service.ts';
import { TOKEN } from '#test/src/agent-process/fixture.ts';
import { percentile } from '../load.ts';
import { KEY, now, type Work, workflows } from './work.ts';

export interface Options {
  readonly rounds: number;
  /** Of a burst. */
  readonly chunks: number;
  /** Of an answer at a pace of one in `PACE_MS`. */
  readonly paced: number;
}

export interface Figures {
  readonly contestant: string;
  /** From the call to the first chunk in the reader's hands. */
  readonly firstMs: number;
  /** Of a burst. The time from the first chunk to the last one, divided by their number. */
  readonly microsPerChunk: number;
  /** At a pace. The time from when the model writes a chunk until the reader has it. */
  readonly delayMs: { readonly p50: number; readonly p99: number };
  /** To the same of the SDK bare. */
  readonly ratio: { readonly firstMs: number; readonly microsPerChunk: number; readonly delayMs: number };
}

interface Contestant {
  readonly name: string;
  readonly read: (work: Work) => AsyncIterable<string>;
}

export const PACE_MS = 5;

export async function runAgentStream(options: Options, progress: (line: string) => void): Promise<readonly Figures[]> {
  const children: ChildProcess[] = [];
  const child = async (...args: readonly string[]): Promise<string> => {
    const process_ = spawn(process.execPath, [fileURLToPath(new URL('child.ts', import.meta.url)), ...args], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    children.push(process_);
    const [line] = await once(createInterface({ input: process_.stdout }), 'line');
    return String(line);
  };
  const closes: (() => Promise<unknown>)[] = [];
  try {
    const modelUrl = await child('model');
    const agentUrl = await child('agent', modelUrl);
    const provider = createAnthropicProvider({ apiKey: KEY, baseUrl: modelUrl, maxRetries: 0 });
    const local = new InProcessAgentService({ provider, workflows, maxEvents: 100_000 });
    const remote = new RemoteAgentService({ url: agentUrl, token: TOKEN });
    closes.push(
      () => local.close(),
      () => remote.close(0),
    );
    const model = provider.defaultModel;
    return await compare(
      [
        { name: 'the SDK bare', read: (work) => bare(modelUrl, model, work) },
        { name: 'the agent service in process', read: (work) => ours(local, work) },
        { name: 'the agent service over HTTP', read: (work) => ours(remote, work) },
      ],
      options,
      progress,
    );
  } finally {
    for (const close of closes) await close();
    for (const one of children) {
      one.stdin?.end();
      if (one.exitCode === null) await once(one, 'exit');
    }
  }
}

async function compare(contestants: readonly Contestant[], { rounds, chunks, paced }: Options, progress: (line: string) => void) {
  const first = contestants.map((): number[] => []);
  const perChunk = contestants.map((): number[] => []);
  const delays = contestants.map((): number[] => []);
  const order = contestants.map((_, index) => index);
  // Round 0 compiles the code and opens the connections. It is not counted.
  for (let round = 0; round <= rounds; round++) {
    for (const index of round % 2 === 0 ? order : order.toReversed()) {
      const { read } = contestants[index] ?? never();
      const burst = await timed(read({ chunks, paceMs: 0 }), chunks);
      const calm = await timed(read({ chunks: paced, paceMs: PACE_MS }), paced);
      if (round === 0) continue;
      // The rest of a burst follows right behind its first chunk.
      first[index]?.push(calm.firstMs);
      perChunk[index]?.push((burst.restMs * 1_000) / (chunks - 1));
      delays[index]?.push(...calm.delays);
    }
    progress(`round ${round} of ${rounds}`);
  }
  const found = contestants.map(({ name }, index) => ({
    contestant: name,
    firstMs: percentile(first[index] ?? [], 50),
    microsPerChunk: percentile(perChunk[index] ?? [], 50),
    delayMs: { p50: percentile(delays[index] ?? [], 50), p99: percentile(delays[index] ?? [], 99) },
  }));
  const bareFigures = found[0] ?? never();
  return found.map((figures) => ({
    ...figures,
    ratio: {
      firstMs: figures.firstMs / bareFigures.firstMs,
      microsPerChunk: figures.microsPerChunk / bareFigures.microsPerChunk,
      delayMs: figures.delayMs.p50 / bareFigures.delayMs.p50,
    },
  }));
}

async function timed(texts: AsyncIterable<string>, expected: number) {
  const began = now();
  let firstAt = 0;
  let lastAt = 0;
  const delays: number[] = [];
  for await (const text of texts) {
    lastAt = now();
    firstAt ||= lastAt;
    delays.push(lastAt - Number(text));
  }
  if (delays.length !== expected || delays.some(Number.isNaN)) throw new Error(`${delays.length} chunks came of ${expected}`);
  return { firstMs: firstAt - began, restMs: lastAt - firstAt, delays };
}

async function* bare(url: string, model: string, work: Work): AsyncGenerator<string> {
  const client = new Anthropic({ apiKey: KEY, baseURL: url, maxRetries: 0 });
  const stream = await client.messages.create({
    model,
    max_tokens: 4_096,
    messages: [{ role: 'user', content: JSON.stringify(work) }],
    stream: true,
  });
  for await (const event of stream) {
    if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') yield event.delta.text;
  }
}

async function* ours(service: AgentService, params: Work): AsyncGenerator<string> {
  const { runId, after } = await service.start({ sessionId: 'bench', workflowType: 'bench', params });
  for await (const item of service.stream({ runId }, { after })) {
    if ('gap' in item) throw new Error('a gap');
    if (item.event.type === 'error') throw new Error(item.event.message);
    if (item.event.type === 'chunk') yield item.event.text;
  }
}

function never(): never {
  throw new Error('there is no such contestant');
}
