/** Ports of the visualizer for tests that use none of it. */
import { StatechatError } from '#machines/errors.ts';
import type { OperationPorts } from '#src/operations/context.ts';

const nothing = (): Promise<never> => Promise.reject(new StatechatError('not_found', 'no visualizer here'));
const nowhere = (): Promise<never> => Promise.reject(new StatechatError('unreplayable', 'no replays here'));

type Ports =
  | 'graphOf'
  | 'machines'
  | 'pictureOf'
  | 'migrationOf'
  | 'replays'
  | 'promptOf'
  | 'machineOf'
  | 'sandboxes'
  | 'shareLinks'
  | 'webhooks';

export const NO_VISUALIZER: Pick<OperationPorts, Ports> = {
  graphOf: () => undefined,
  machines: () => [],
  pictureOf: () => Promise.reject(new StatechatError('not_drawn', 'nothing is drawn here')),
  migrationOf: async () => ({ sessions: 0, isWhole: true, machines: [], unreadable: [] }),
  replays: { momentAt: nowhere, checkpointAt: nowhere },
  promptOf: () => undefined,
  machineOf: () => undefined,
  sandboxes: {
    begin: nothing,
    get: nothing,
    play: nothing,
    run: nothing,
    modelsFor: () => [],
    testFile: nothing,
    end: async () => false,
  },
  shareLinks: { create: nothing, list: async () => [], revoke: async () => false },
  webhooks: {
    list: async () => [],
    create: async () => undefined,
    update: async () => undefined,
    rotate: async () => undefined,
    remove: async () => false,
    ping: async () => undefined,
    deliveries: async () => ({ items: [], next: null }),
    replay: async () => true,
    replayRange: async () => 0,
  },
};
