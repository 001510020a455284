/** What a program that starts the app in its own process can pass to it. */
import type { CrashPoints } from '#actors/contract/crash-points.ts';
import type { Effect } from '#actors/contract/effect.ts';
import type { AssistantBinding } from '#actors/contract/registry.ts';
import type { RuntimeOptions } from '#actors/runtime.ts';
import type { Assistant } from '#assistants/define-assistant.ts';
import type { ChannelPlugin } from '#channels/plugin.ts';
import type { Clock } from '#machines/clock.ts';
import type { PolicySettings } from '#machines/session/policy.ts';
import type { StoreLifecycle } from '#storage/lifecycle.ts';
import type { AgentServiceParts } from './agent-process/create-agent-service.ts';

export interface ComposeOptions {
  /**
   * Beside the built-in channels. One with the name of a built-in one takes its place. Read the
   * configuration with them too.
   */
  readonly channels?: readonly ChannelPlugin[];
  /** In place of the store that the configuration names. The app closes it. */
  readonly store?: StoreLifecycle;
  /** In place of the model that the configuration names. */
  readonly provider?: AgentServiceParts['provider'];
  /** Beside the program's own assistants and those in the folder. */
  readonly assistants?: readonly Assistant[];
  /** Beside them, on machines of their own. */
  readonly bindings?: readonly AssistantBinding[];
  /** What the actions of their machines do, beside the program's own effects. */
  readonly effects?: readonly Effect[];
  /** Over the policy that the configuration gives the program's assistants. */
  readonly policy?: PolicySettings;
  /**
   * How soon the instance takes over work of a process that died, how long an event waits for the
   * store, and the inspector of its turns.
   */
  readonly runtime?: Pick<RuntimeOptions, 'leaseMs' | 'sweepMs' | 'patienceMs' | 'inspect'>;
  /** How long an instance that died keeps its leader leases, in milliseconds. Default 6,000. */
  readonly leaderLeaseMs?: number;
  /** In place of the store's clock. */
  readonly clock?: Clock;
  /**
   * Share of each part that waits during a stop, in milliseconds. Default 10,000, because
   * supervisors often wait for 30 s.
   */
  readonly drainMs?: number;
  /**
   * For tests. Each answer of the API is checked against the output schema of its operation.
   * Default false.
   */
  readonly checkResults?: boolean;
  /** For tests that stop the process at a named point. */
  readonly crash?: CrashPoints;
}
