/** What the web channel reads and writes for visitors, over the actors and the store. */
import type { VisitorFeed, VisitorFiles, VisitorUploads } from '#channels/feed.ts';
import { createVisitorFeed, feedPollMs, type VisitorFeedParts } from './visitor-feed.ts';
import { createVisitorFiles, type VisitorFilesParts } from './visitor-files.ts';
import { createVisitorUploads, type VisitorUploadsParts } from './visitor-uploads.ts';

export interface VisitorPortsParts extends Pick<VisitorFeedParts, 'actors' | 'approvals'>, VisitorUploadsParts {
  readonly store: VisitorFeedParts['store'] & VisitorFilesParts['store'];
  readonly files: VisitorFilesParts['files'];
  /** No other instance commits to the store. */
  readonly alone: boolean;
  /** Whether notices of what other instances commit come now. */
  readonly hears: () => boolean;
}

export interface VisitorPorts {
  readonly feed: VisitorFeed;
  readonly files: VisitorFiles;
  readonly uploads: VisitorUploads;
}

export function openVisitorPorts({ actors, store, approvals, files, uploads, config, now, alone, hears }: VisitorPortsParts): VisitorPorts {
  return {
    feed: createVisitorFeed({ actors, store, approvals, pollMs: () => feedPollMs(alone, hears()) }),
    files: createVisitorFiles({ files, store }),
    uploads: createVisitorUploads({ uploads, config, now }),
  };
}
