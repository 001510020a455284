/** Puts together what keeps the files of customers, and shows them to models. */
import type { Actors } from '#actors/contract/api.ts';
import type { Effect } from '#actors/contract/effect.ts';
import type { ChannelAdapter } from '#channels/port.ts';
import type { Address } from '#machines/ids.ts';
import type { Files } from '#storage/files.ts';
import type { MediaConfig } from '../config/media.ts';
import type { Log } from '../telemetry/log.ts';
import { createImages } from './images.ts';
import { mediaEffect } from './media-effect.ts';
import { createMediaKeeper, type MediaKeeper } from './media-keeper.ts';
import { mediaShower, type ShowMedia } from './model-media.ts';
import { type StickerOf, stickersBy } from './stickers.ts';

export interface OpenMediaParts {
  readonly config: MediaConfig;
  readonly channelOf: (address: Address) => Pick<ChannelAdapter, 'receivedFile'> | undefined;
  readonly files: Pick<Files, 'get' | 'put'>;
  readonly actors: Promise<Pick<Actors, 'deliver'>>;
  readonly now: () => number;
  readonly log: Pick<Log, 'warn'>;
  /** Whether models look at files. */
  readonly isShown: boolean;
}

export interface OpenedMedia {
  readonly keeper: MediaKeeper;
  readonly effect: Effect;
  readonly stickerOf: StickerOf;
  /** What runs of assistants get. */
  readonly runs: { readonly showMedia?: ShowMedia };
}

export function openMedia({ config, channelOf, files, actors, now, log, isShown }: OpenMediaParts): OpenedMedia {
  const images = createImages((error) => log.warn({ error }, 'images are kept without thumbnails, and models do not see them'));
  const { maxBytes, types, model } = config;
  const receivedFile = async (address: Address, ref: string, mostBytes: number, signal: AbortSignal) =>
    (await channelOf(address)?.receivedFile(ref, mostBytes, signal)) ?? 'gone';
  const keeper = createMediaKeeper({ receivedFile, files, images, maxBytes, types, now });
  const onError = (where: string, error: unknown): void => log.warn({ where, error }, 'a file of a customer could not be read');
  return {
    keeper,
    effect: mediaEffect({ keeper, actors, now }),
    stickerOf: stickersBy(images),
    runs: isShown && model.files > 0 ? { showMedia: mediaShower({ keeper, images, most: model, onError }) } : {},
  };
}
