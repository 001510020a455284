/**
 * What the media of messages add to the vocabulary of the session machine (setup.ts). Their bytes
 * are kept after the turn that takes the message, by an effect for each.
 */

import { isNewsOfMedia, mediaNoted, toKeep } from './media-changes.ts';
import { session as base } from './messenger-setup.ts';

export const session = base.extend({
  guards: {
    isNewsOfMedia: ({ context, event }) => (event.type === 'media.kept' || event.type === 'media.lost') && isNewsOfMedia(context, event),
  },
  actions: {
    /** Last but one in each transition of the lifecycle. */
    keepMedia: base.enqueueActions(({ event, enqueue }) => {
      if (event.type !== 'customer.message' && event.type !== 'customer.command' && event.type !== 'agent.echo') return;
      for (const params of toKeep(event)) enqueue({ type: 'media.keep', params });
    }),
    noteMedia: base.assign(({ context, event }) =>
      event.type === 'media.kept' || event.type === 'media.lost' ? mediaNoted(context, event) : {},
    ),
  },
});
