/**
 * Files, up and down. What is sent goes to WhatsApp first and is named by an id. What a customer
 * sent is named by an id too, and its address is good for five minutes, so it is asked for each
 * time.
 */
import * as z from 'zod';
import { Unavailable } from '#machines/errors.ts';
import { fileForm } from '../file-form.ts';
import { type OutboundFile, type ReceivedFile, Refused } from '../port.ts';
import { Misconfigured } from './errors.ts';
import type { Graph } from './graph.ts';

/** Kind of a message with a file of ours. */
export type FileKind = 'image' | 'audio' | 'video' | 'document' | 'sticker';

const MB = 1_048_576;
/** What WhatsApp shows as more than a document, and up to how many bytes. */
const SHOWN: readonly { readonly kind: FileKind; readonly types: readonly string[]; readonly most: number }[] = [
  { kind: 'image', types: ['image/jpeg', 'image/png'], most: 5 * MB },
  { kind: 'audio', types: ['audio/aac', 'audio/amr', 'audio/mpeg', 'audio/mp4', 'audio/ogg'], most: 16 * MB },
  { kind: 'video', types: ['video/mp4', 'video/3gpp'], most: 16 * MB },
];
const MAX_DOCUMENT = 100 * MB;

/** Throws `Refused` for a file that is too long. */
export function kindOf({ mimeType, size, sticker }: OutboundFile): FileKind {
  if (sticker !== undefined) return 'sticker';
  const type = mimeType.split(';')[0]?.trim().toLowerCase() ?? '';
  const shown = SHOWN.find(({ types, most }) => types.includes(type) && size <= most);
  if (shown !== undefined) return shown.kind;
  if (size > MAX_DOCUMENT) throw new Refused(`the file has ${size} bytes: WhatsApp takes at most ${MAX_DOCUMENT}`, { size });
  return 'document';
}

/** Resolves to the id to send it by. */
export async function upload(graph: Graph, account: string, file: OutboundFile, signal: AbortSignal): Promise<string> {
  // A text of any other kind, such as CSV, is refused. As plain text it opens all the same.
  const type = file.mimeType.startsWith('text/') ? 'text/plain' : file.mimeType;
  const form = fileForm({ messaging_product: 'whatsapp', type }, { ...file, mimeType: type });
  const { id } = await graph.upload(`${account}/media`, form, z.object({ id: z.string().min(1) }), signal);
  return id;
}

const described = z.object({ url: z.string().min(1), file_size: z.coerce.number().nonnegative().optional() });

/**
 * WhatsApp has a file for 7 days. Throws `Unavailable`, or `Refused` if it is at an address that is
 * not WhatsApp's.
 */
export async function download(
  graph: Graph,
  account: string,
  id: string,
  mostBytes: number,
  signal: AbortSignal | undefined,
): Promise<ReceivedFile> {
  if (!/^[\w.:-]{1,200}$/.test(id)) return 'gone';
  // The address can expire between the two calls, so it is asked for twice at most.
  for (let offer = 1; offer <= 2; offer++) {
    const address = await addressOf(graph, account, id, mostBytes, signal);
    if (typeof address === 'string') return address;
    const { response, bytes } = await graph.download(address, signal);
    if (response.ok) return bytes;
    await response.body?.cancel();
    if (response.status >= 300 && response.status < 400)
      throw new Refused('the address of the file leads to another one, which is not followed', { status: response.status });
    if (response.status >= 500 || response.status === 401)
      throw new Unavailable(`WhatsApp does not give the file now (${response.status})`);
  }
  return 'gone';
}

async function addressOf(
  graph: Graph,
  account: string,
  id: string,
  mostBytes: number,
  signal: AbortSignal | undefined,
): Promise<URL | 'gone' | 'too_large'> {
  const query = { phone_number_id: account };
  const found = await graph.call({ method: 'GET', path: id, query, shape: described, signal }).catch((error: unknown) => {
    // WhatsApp refuses the id of a file that it does not have any more.
    if (error instanceof Refused || isGone(error)) return undefined;
    throw error;
  });
  if (found === undefined) return 'gone';
  return (found.file_size ?? 0) > mostBytes ? 'too_large' : trusted(found.url, graph.root);
}

/** The answer for a file that is gone is the same as for a number that the token may not use. */
function isGone(error: unknown): boolean {
  return error instanceof Misconfigured && error.facts['code'] === 100;
}

/** The token goes along, so the file must be at the Graph API's own host or at Meta's for media. */
function trusted(text: string, root: string): URL {
  const [address, graph] = [URL.parse(text), new URL(root)];
  if (address !== null && (address.origin === graph.origin || (META.test(graph.hostname) && isMeta(address)))) return address;
  throw new Refused("the file is at an address that is not WhatsApp's, so it is not fetched", { host: address?.hostname ?? 'none' });
}

function isMeta({ protocol, hostname, port }: URL): boolean {
  return protocol === 'https:' && port === '' && META.test(hostname);
}

const META = /(?:^|\.)(?:facebook\.com|fbsbx\.com|fbcdn\.net|whatsapp\.net)$/;
