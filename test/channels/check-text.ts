import { problemText } from '#channels/channel-problem.ts';
import type { ChannelAdapter } from '#channels/port.ts';

/** What a check of the adapter finds, as `statechat doctor` prints it. */
export async function checkText(adapter: Pick<ChannelAdapter, 'check'>): Promise<string | null> {
  const problem = await adapter.check();
  return problem === null ? null : problemText(problem);
}
