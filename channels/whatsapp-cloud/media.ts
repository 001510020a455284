/**
 * Files, up and down. What is sent goes to WhatsApp first and is named by an id. What a customer
 * sent is named by an id too, and its address is good for five minutes, so it is asked for each
 * time.
 */
import * as z from 'zod';
import { Unavailable } from '#machines/errors.ts';
import { bytesWithin } from '../bytes-within.ts';
import { type OutboundFile, Refused } from '../port.ts';
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
export function kindOf({ mimeType, bytes, sticker }: OutboundFile): FileKind {
  if (sticker !== undefined) return 'sticker';
  const type = mimeType.split(';')[0]?.trim().toLowerCase() ?? '';
  const shown = SHOWN.find(({ types, most }) => types.includes(type) && bytes.byteLength <= most);
  if (shown !== undefined) return shown.kind;
  if (bytes.byteLength > MAX_DOCUMENT)
    throw new Refused(`the file has ${bytes.byteLength} bytes: WhatsApp takes at most ${MAX_DOCUMENT}`, { size: bytes.byteLength });
  return 'document';
}

/** Resolves to the id to send it by. */
export async function upload(graph: Graph, account: string, file: OutboundFile, signal: AbortSignal): Promise<string> {
  const { name, mimeType, bytes } = file;
  // A text of any other kind, such as CSV, is refused. As plain text it opens all the same.
  const type = mimeType.startsWith('text/') ? 'text/plain' : mimeType;
  const form = new FormData();
  form.set('messaging_product', 'whatsapp');
  form.set('type', type);
  form.set('file', new Blob([new Uint8Array(bytes)], { type }), name);
  const { id } = await graph.upload(`${account}/media`, form, z.object({ id: z.string().min(1) }), signal);
  return id;
}

const described = z.object({ url: z.string().min(1), file_size: z.coerce.number().nonnegative().optional() });

/**
 * Undefined if WhatsApp does not have it any more, which is after 7 days, or if it has more than
 * `mostBytes`. Throws `Unavailable`, or `Refused` if it is at an address that is not WhatsApp's.
 */
export async function download(graph: Graph, account: string, id: string, mostBytes: number): Promise<Uint8Array | undefined> {
  if (!/^[\w.:-]{1,200}$/.test(id)) return undefined;
  // The address can expire between the two calls, so it is asked for twice at most.
  for (let offer = 1; offer <= 2; offer++) {
    const address = await addressOf(graph, account, id, mostBytes);
    if (address === undefined) return undefined;
    const response = await graph.download(address);
    if (response.ok && response.body !== null) return await readBody(response.body, mostBytes);
    await response.body?.cancel();
    if (response.status >= 300 && response.status < 400)
      throw new Refused('the address of the file leads to another one, which is not followed', { status: response.status });
    if (response.status >= 500 || response.status === 401)
      throw new Unavailable(`WhatsApp does not give the file now (${response.status})`);
  }
  return undefined;
}

async function readBody(body: ReadableStream<Uint8Array>, mostBytes: number): Promise<Uint8Array | undefined> {
  try {
    return await bytesWithin(body, mostBytes);
  } catch (error) {
    throw new Unavailable('the connection to WhatsApp broke within the file', {}, error);
  }
}

async function addressOf(graph: Graph, account: string, id: string, mostBytes: number): Promise<URL | undefined> {
  const query = { phone_number_id: account };
  const found = await graph.call({ method: 'GET', path: id, query, shape: described }).catch((error: unknown) => {
    // WhatsApp refuses the id of a file that it does not have any more.
    if (error instanceof Refused || isGone(error)) return undefined;
    throw error;
  });
  if (found === undefined || (found.file_size ?? 0) > mostBytes) return undefined;
  return trusted(found.url, graph.root);
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
