/**
 * How the channels of this instance stand, for operators.
 *
 * Owns how often a provider is asked. Does not own what is wrong and how to fix it, which the
 * channel itself says (`ChannelAdapter.check`, `connection`).
 *
 * Invariants
 * 1. A provider is asked at most once in `FRESH_MS`, however many operators look, unless one asks
 *    for it. Questions at the same time share an answer.
 * 2. A provider that does not answer delays a list by `PATIENCE_MS` at most.
 */
import encodeQR from 'qr';
import { v7 as uuidv7 } from 'uuid';
import { type ChannelProblem, commonProblem, problemOf } from '#channels/channel-problem.ts';
import { type ChannelPlugin, missingSettings } from '#channels/plugin.ts';
import { type ChannelAdapter, type ChannelConnection, Refused } from '#channels/port.ts';
import { statusKey } from '#channels/status-key.ts';
import type { Clock } from '#machines/clock.ts';
import { type Address, addressParts } from '#machines/ids.ts';
import type { Store } from '#storage/port.ts';
import type { Config } from '../config/config.ts';
import type { ChannelAccess, ChannelStatus, QrCode } from '../operations/channel-access.ts';
import { type Channels, webhookUrlOf } from './channels.ts';

const FRESH_MS = 15_000;
const PATIENCE_MS = 10_000;
/** How long a test message may take, in milliseconds. */
const SEND_MS = 30_000;
/** Newest conversations whose addresses are offered for a test message. */
const RECENT = 5;
/** Light modules around a QR code, which readers need. */
const QUIET_ZONE = 4;

export interface ChannelStatusesParts {
  readonly plugins: readonly ChannelPlugin[];
  readonly channels: Pick<Channels, 'get'>;
  readonly store: Pick<Store, 'sessions'>;
  readonly config: { readonly channels: Config['channels']; readonly http: Pick<Config['http'], 'publicUrl'> };
  readonly clock: Clock;
}

interface Finding {
  readonly at: number;
  readonly problem: Promise<ChannelProblem | null>;
}

export function channelStatuses({ plugins, channels, store, config, clock }: ChannelStatusesParts): ChannelAccess {
  const findings = new Map<string, Finding>();

  function check(adapter: ChannelAdapter, fresh: boolean): Finding {
    const known = findings.get(adapter.name);
    if (known !== undefined && !fresh && clock.now() - known.at < FRESH_MS) return known;
    const found = { at: clock.now(), problem: withinPatience(adapter) };
    findings.set(adapter.name, found);
    return found;
  }

  async function withinPatience(adapter: ChannelAdapter): Promise<ChannelProblem | null> {
    const late = Promise.withResolvers<ChannelProblem>();
    const cancel = clock.after(PATIENCE_MS, () => late.resolve(commonProblem('silent', { seconds: String(PATIENCE_MS / 1_000) })));
    const checked = adapter.check().catch((error: unknown) => problemOf(error) ?? (error instanceof Error ? error.message : String(error)));
    return Promise.race([checked, late.promise]).finally(cancel);
  }

  async function statusOf(plugin: ChannelPlugin, fresh: boolean): Promise<ChannelStatus> {
    const { name, title, needs = [], settings } = plugin;
    const channel = channels.get(name);
    const { items: newest } = await store.sessions({ channel: name }, RECENT);
    const about = {
      name,
      title,
      needs: needs.map((need) => ({ name: need, about: settings[need]?.about ?? '' })),
      newestAt: newest[0]?.openedAt ?? null,
      recent: [...new Set(newest.map(({ address }) => address))],
    };
    if (channel === undefined) {
      const problem = missingSettings(plugin, config.channels[name] ?? {}) ?? null;
      return { ...about, state: 'off', problem, problemKind: null, checkedAt: null, ...NOT_CONNECTED, webhookUrl: null, sends: false };
    }
    const { adapter } = channel;
    return {
      ...about,
      ...(await standingOf(adapter, fresh)),
      webhookUrl: webhookUrlOf(channel, config.http.publicUrl),
      sends: adapter.capabilities.streaming !== 'pulled',
    };
  }

  async function standingOf(adapter: ChannelAdapter, fresh: boolean) {
    const connection = await adapter.connection?.();
    if (connection !== undefined && connection.state !== 'connected') return pairingOf(connection);
    const { at, problem } = check(adapter, fresh);
    const found = await problem;
    return { state: found === null ? ('connected' as const) : ('failed' as const), ...saidOf(found), checkedAt: at, ...NOT_CONNECTED };
  }

  return {
    list: ({ fresh }) => Promise.all(plugins.map((plugin) => statusOf(plugin, fresh))),

    async send(address, text) {
      const adapter = adapterOf(channels, address);
      const key = `${uuidv7()}.0`;
      return await adapter.send(
        address,
        { text, author: 'system' },
        { key, statusKey: statusKey({ key, seq: 0 }), attempt: 1, signal: AbortSignal.timeout(SEND_MS), sent: [], onSent: async () => {} },
      );
    },
  };
}

const NOT_CONNECTED = { qr: null, pairingCode: null } as const;

function adapterOf(channels: Pick<Channels, 'get'>, address: Address): ChannelAdapter {
  const { channel: name } = addressParts(address);
  const adapter = channels.get(name)?.adapter;
  if (adapter === undefined) throw new Refused(`The channel "${name}" is not configured here.`, { channel: name });
  if (adapter.capabilities.streaming === 'pulled')
    throw new Refused('Visitors of the web page read their messages themselves. Open the page to try it.', { channel: name });
  return adapter;
}

function saidOf(problem: ChannelProblem | null): Pick<ChannelStatus, 'problem' | 'problemKind'> {
  if (problem === null || typeof problem === 'string') return { problem, problemKind: null };
  const { text, ...problemKind } = problem;
  return { problem: text, problemKind };
}

function pairingOf({ state, since, qr, pairingCode, error }: ChannelConnection) {
  return {
    state,
    ...saidOf(error ?? null),
    checkedAt: since,
    qr: qr === undefined ? null : drawn(qr),
    pairingCode: pairingCode ?? null,
  };
}

/** A run of dark modules in a row is one rectangle. */
function drawn(text: string): QrCode {
  const rows = encodeQR(text, 'raw', { border: QUIET_ZONE });
  const path = rows
    .flatMap((row, y) => {
      const line = row.map((dark) => (dark ? '1' : '0')).join('');
      return [...line.matchAll(/1+/g)].map(({ index, 0: run }) => `M${index} ${y}h${run.length}v1h-${run.length}z`);
    })
    .join('');
  return { size: rows.length, path, text };
}
