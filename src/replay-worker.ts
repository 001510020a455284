/**
 * The program of the thread that plays journals (replay/worker-engine.ts). It loads the assistants
 * for their machines. It has no store, no key of a provider and no channel.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { StatechatError } from '#machines/errors.ts';
import { allAssistants } from './assistants/all-assistants.ts';
import { createReadingRegistry } from './cli/reading-registry.ts';
import { readConfig } from './config/config.ts';
import { engineOf } from './replay/replay-engine.ts';
import { type ThreadAnswer, threadData, threadRequest } from './replay/thread-messages.ts';
import { createLog } from './telemetry/log.ts';

const { assistantsDir } = threadData.parse(workerData);
const log = createLog({ level: 'silent' });
const { marketData } = readConfig({});
const engine = allAssistants({ assistantsDir, marketData }, log).then((assistants) => engineOf(createReadingRegistry({ assistants })));

parentPort?.on('message', async (message: unknown) => {
  const { id, kind, job } = threadRequest.parse(message);
  let answer: ThreadAnswer;
  try {
    const playing = await engine;
    answer = kind === 'moment' ? { id, moment: await playing.moment(job) } : { id, checkpoint: await playing.checkpoint(job) };
  } catch (error) {
    const code = error instanceof StatechatError ? error.code : 'unreplayable';
    answer = { id, failure: { code, message: error instanceof Error ? error.message : String(error) } };
  }
  parentPort?.postMessage(answer);
});
