/**
 * The sources of the streams, each in a process of its own. `model` is the local Messages API.
 * `agent` is the agent process in front of it. The process prints its URL, and ends with its
 * parent.
 */
import { createAnthropicProvider } from '#agent-service/anthropic/adapter.ts';
import { InProcessAgentService } from '#agent-service/service.ts';
import { FakeMessagesApi } from '#test/fakes/messages-api.ts';
import { startAgentServer } from '#test/src/agent-process/fixture.ts';
import { KEY, workflows, writeAnswer } from './work.ts';

const [role, modelUrl = ''] = process.argv.slice(2);
process.stdin.on('end', () => process.exit(0)).resume();
console.log(role === 'model' ? await model() : await agent());

async function model(): Promise<string> {
  const api = await FakeMessagesApi.start(KEY);
  api.otherwise((writer) => writeAnswer(writer, api.requests.pop()));
  return api.url;
}

async function agent(): Promise<string> {
  const provider = createAnthropicProvider({ apiKey: KEY, baseUrl: modelUrl, maxRetries: 0 });
  // Every event is read, so none may be dropped before.
  const service = new InProcessAgentService({ provider, workflows, maxEvents: 100_000 });
  return (await startAgentServer(service)).url;
}
