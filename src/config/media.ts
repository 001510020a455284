/** Settings of the files that customers send. */
import * as z from 'zod';
import { MAX_KEPT } from '#machines/session/files.ts';
import { quantity, type ValuesOf } from '#machines/setting.ts';
import { name } from './setting.ts';

const MEGABYTE = 1_000_000;

/** By default everything but programs and what is not known. */
const TYPES = [
  'image/*',
  'audio/*',
  'video/*',
  'text/plain',
  'application/pdf',
  'application/ogg',
  'application/rtf',
  'application/zip',
  'application/x-cfb',
  'application/vnd.openxmlformats-officedocument.*',
  'application/vnd.oasis.opendocument.*',
].join(',');

const TYPE = /^[a-z]+\/(?:[A-Za-z0-9.+-]{1,80}\*?|\*)$/;

const types = z.string().transform((text, context): readonly string[] => {
  const all = text.split(',').map((part) => part.trim());
  for (const one of all)
    if (!TYPE.test(one))
      context.addIssue({ code: 'custom', message: `"${one.slice(0, 80)}" is no type such as application/pdf or image/*` });
  return all;
});

export const MEDIA_NAMES = {
  STATECHAT_MEDIA_MAX_MB: name({
    group: 'Files of customers',
    schema: quantity('megabytes', 0.001, MAX_KEPT / MEGABYTE),
    fallback: '20',
    about:
      'Megabytes of one file that a customer sends, at most 100. A larger one is not kept, and the console says so. Files are in the store of the sessions, and are deleted with their session. Fractions are allowed.',
  }),
  STATECHAT_MEDIA_TYPES: name({
    group: 'Files of customers',
    schema: types,
    fallback: TYPES,
    about:
      'Types of files that are kept, separated by commas. The program finds out the type from the bytes. `image/*` stands for all that begin with `image/`. Web pages and scripts are `text/plain`, and are never shown as pages.',
  }),
  STATECHAT_MODEL_MEDIA: name({
    group: 'Files of customers',
    schema: quantity('files', 0, 20, true),
    fallback: '3',
    about: 'Number of the last files of a conversation that a model sees with each question. With 0 it reads only that there were some.',
  }),
  STATECHAT_MODEL_MEDIA_TOKENS: name({
    group: 'Files of customers',
    schema: quantity('tokens', 0, 1_000_000, true),
    fallback: '20000',
    about:
      'Tokens that these files may add to a question, beside those of the conversation. An image has up to 1,600, and a page of a PDF is counted as 4,000. A file for which there is no room is described in words.',
  }),
};

export interface MediaConfig {
  /** Of one file. */
  readonly maxBytes: number;
  readonly types: readonly string[];
  /** What a model sees with one question. */
  readonly model: { readonly files: number; readonly tokens: number };
}

type MediaNames = typeof MEDIA_NAMES;

export function mediaOf(read: <N extends keyof MediaNames>(name: N) => ValuesOf<MediaNames>[N]): MediaConfig {
  return {
    maxBytes: Math.floor(read('STATECHAT_MEDIA_MAX_MB') * MEGABYTE),
    types: read('STATECHAT_MEDIA_TYPES'),
    model: { files: read('STATECHAT_MODEL_MEDIA'), tokens: read('STATECHAT_MODEL_MEDIA_TOKENS') },
  };
}
