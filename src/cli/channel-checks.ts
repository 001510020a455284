/**
 * The channels of `statechat doctor`.
 *
 * A program that runs says how its channels are, as its console shows them, with a code for one
 * that waits to be paired. Where none runs, each configured channel checks itself, which shows
 * whether its provider answers and accepts its credentials. A channel that is off has what to set.
 */
import encodeQR from 'qr';
import { systemClock } from '#actors/contract/system-clock.ts';
import { builtInChannels } from '#channels/built-in.ts';
import { problemText } from '#channels/channel-problem.ts';
import { silent } from '#channels/log.ts';
import { type ChannelHost, type ChannelPlugin, missingSettings } from '#channels/plugin.ts';
import { MemoryQuota } from '#channels/quota.ts';
import { openChannel, webhookUrlOf } from '../channels/channels.ts';
import type { Config } from '../config/config.ts';
import { type Check, type Finding, note, well, wrong } from './doctor.ts';
import type { RunningChannel, RunningProgram } from './running-program.ts';

type ChannelConfig = Pick<Config, 'channels' | 'http'>;

export function channelChecks(config: ChannelConfig, program: RunningProgram): readonly Check[] {
  if (program.state === 'usable') {
    return program.channels.map((channel) => checkOf(channel.name, async () => findingOf(channel)));
  }
  const own = builtInChannels.map((plugin) => checkOf(plugin.name, () => check(plugin, config)));
  return program.state === 'absent' ? own : [{ name: 'Running Statechat', run: async () => program.finding }, ...own];
}

function checkOf(channel: string, run: () => Promise<Finding>): Check {
  return { name: `Channel ${channel}`, run };
}

async function check(plugin: ChannelPlugin, config: ChannelConfig): Promise<Finding> {
  const { publicUrl } = config.http;
  const missing = missingSettings(plugin, config.channels[plugin.name] ?? {});
  const channel = missing === undefined ? await openChannel(plugin, config, () => checkingHost(publicUrl)) : undefined;
  if (channel === undefined) return note(`off. ${missing ?? ''}`);
  const { adapter } = channel;
  try {
    const problem = await adapter.check();
    const webhook = withWebhook(webhookUrlOf(channel, publicUrl));
    return problem === null ? well(`ready${webhook}`) : wrong(`not usable${webhook}`, problemText(problem));
  } finally {
    await adapter.stop();
  }
}

/** How a channel of the running program is. */
function findingOf(channel: RunningChannel): Finding {
  const { state, problem, webhookUrl } = channel;
  const webhook = withWebhook(webhookUrl);
  switch (state) {
    case 'off':
      return note(`off. ${problem ?? ''}`);
    case 'starting':
      return note(`starting${webhook}${problem === null ? '' : `. ${problem}`}`);
    case 'pairing':
      return wrong(`waiting to be paired${webhook}`, pairingText(channel));
    case 'connected':
      return well(`ready${webhook}`);
    case 'failed':
      return wrong(`not usable${webhook}`, problem ?? 'Its log says why.');
  }
}

function withWebhook(url: string | null): string {
  return url === null ? '' : `, webhook at ${url}`;
}

function pairingText({ problem, qr, pairingCode }: RunningChannel): string {
  const scan = 'Open Linked devices on the phone and scan this code. It changes every minute.';
  const enter = 'code on the phone';
  return [
    ...(problem === null ? [] : [problem]),
    ...(qr === null ? [] : [`${scan}\n\n${encodeQR(qr.text, 'ascii')}`]),
    ...(pairingCode === null ? [] : [`${qr === null ? 'Enter this' : 'Or enter this'} ${enter}: ${pairingCode}`]),
    ...(qr === null && pairingCode === null ? ['The code is not there yet. Run this again in a moment.'] : []),
  ].join('\n');
}

/** A host for an adapter that is checked and never started. There are no sessions behind it. */
function checkingHost(publicUrl: string | undefined): ChannelHost {
  return {
    log: silent,
    clock: systemClock,
    publicUrl,
    deadLetter: async () => {},
    ignored: () => {},
    leaderLease: async () => {},
    adoptAccount: async () => {},
    resolve: async (address) => address,
    quota: () => new MemoryQuota(),
    rateLimitStore: undefined,
    async *feed() {},
    files: async () => undefined,
    uploads: {
      maxBytes: 0,
      types: [],
      put: async () => ({ refused: 'There are no sessions here.' }),
      get: async () => undefined,
      bytes: async () => undefined,
    },
    setting: async (_name, initial) => initial,
    folder: 'channels',
    blobs: { get: async () => undefined, put: async () => {}, delete: async () => {} },
    knowsAssistant: () => true,
    taken: { addresses: async () => [], lastAt: async () => undefined },
    commands: [],
    faces: { list: () => [], find: () => undefined },
  };
}
