/**
 * A typed client of the HTTP API. Each operation is a function with the operation's own input and
 * output.
 *
 * @example
 * const statechat = createClient({ url: 'https://chat.example.com', token });
 * const session = await statechat.sessions.create({ address: 'api:crm:42', message: 'Hello' });
 * for await (const entry of statechat.each('sessions.history', { sessionId: session.id })) show(entry);
 */
import type * as z from 'zod';
import type { operations } from '../operations/operations.ts';
import { ApiError } from './problem.ts';
import { type SendOptions, send, waiting } from './send.ts';
import { type OperationName, WIRE, wireOf } from './wire.ts';

type Operations = typeof operations;

export type InputOf<Name extends OperationName> = z.input<Operations[Name]['input']>;
type IsFile<Name extends OperationName> = (typeof WIRE)[Name] extends { readonly file: true } ? true : false;
export type OutputOf<Name extends OperationName> = IsFile<Name> extends true ? FileAnswer : z.output<Operations[Name]['output']>;

/** A file as it comes. */
export interface FileAnswer {
  readonly name: string;
  readonly mimeType: string;
  readonly stream: ReadableStream<Uint8Array>;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
}

export interface ClientOptions {
  /** Where the server is, such as `https://chat.example.com`. In a browser, default is the page's own. */
  readonly url?: string;
  /** The bearer token, or what gives it for each request. */
  readonly token: SendOptions['token'];
  /** Default is the global one. */
  readonly fetch?: typeof fetch;
  /** How often a request that may succeed later is sent again. Default 3. */
  readonly retries?: number;
  /** For tests. */
  readonly wait?: SendOptions['wait'];
}

/** The input may be left out if all its fields may be. */
type Arguments<Input> = Record<never, never> extends Input ? [input?: Input, options?: CallOptions] : [input: Input, options?: CallOptions];
type Call<Name extends OperationName> = (...given: Arguments<InputOf<Name>>) => Promise<OutputOf<Name>>;

type Camel<Text extends string> = Text extends `${infer Head}_${infer Tail}` ? `${Head}${Capitalize<Camel<Tail>>}` : Text;
type NounOf<Name> = Name extends `${infer Noun}.${string}` ? Noun : never;
type Calls = {
  readonly [Noun in NounOf<OperationName> as Camel<Noun>]: {
    readonly [Name in OperationName as Name extends `${Noun}.${infer Verb}` ? Camel<Verb> : never]: Call<Name>;
  };
};

/** Operations that list something in pages. */
type Paged = { [Name in OperationName]: OutputOf<Name> extends { readonly next: unknown } ? Name : never }[OperationName];
type ItemOf<Output> = { [Key in Exclude<keyof Output, 'next'>]: Output[Key] extends readonly (infer Item)[] ? Item : never }[Exclude<
  keyof Output,
  'next'
>];

export type Client = Calls & {
  call<Name extends OperationName>(name: Name, ...given: Arguments<InputOf<Name>>): Promise<OutputOf<Name>>;
  /** Every item of a list, page by page, as far as the loop goes. */
  each<Name extends Paged>(name: Name, ...given: Arguments<InputOf<Name>>): AsyncGenerator<ItemOf<OutputOf<Name>>>;
};

export function createClient({
  url = '',
  token,
  fetch: http = (...request) => fetch(...request),
  retries = 3,
  wait = waiting,
}: ClientOptions): Client {
  const options: SendOptions = { url: url.replace(/\/+$/, ''), token, fetch: http, retries, wait };
  const call = (name: OperationName, input: object = {}, more: CallOptions = {}) => request(options, name, input, more);
  const nouns: Record<string, Record<string, unknown>> = {};
  for (const name of Object.keys(WIRE)) {
    const [noun = '', verb = ''] = name.split('.').map(camel);
    nouns[noun] ??= {};
    nouns[noun][verb] = (...given: [object?, CallOptions?]) => call(nameOf(name), ...given);
  }
  return decodeClient({ ...nouns, call, each: (name: OperationName, ...given: [object?, CallOptions?]) => each(call, name, ...given) });
}

function camel(text: string): string {
  return text.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

const HEADERS: Readonly<Record<string, string>> = { idempotencyKey: 'Idempotency-Key', ifVersion: 'If-Match', seen: 'Seen-Seq' };

async function request(options: SendOptions, name: OperationName, input: object, { signal }: CallOptions): Promise<unknown> {
  const { at, body, bytes, file } = wireOf(name);
  const [method = 'GET', target = ''] = at.split(' ');
  const [path = '', renamed = ''] = target.split('?');
  const fields = new Map<string, unknown>(Object.entries(input).filter(([, value]) => value !== undefined));
  const take = (field: string): unknown => {
    const value = fields.get(field);
    fields.delete(field);
    return value;
  };
  const headers: Record<string, string> = {};
  const isWrite = method !== 'GET';
  for (const [field, header] of Object.entries(HEADERS)) {
    const value = take(field);
    if (value !== undefined) headers[header] = field === 'ifVersion' ? `"${String(value)}"` : String(value);
  }
  if (isWrite) headers['Idempotency-Key'] ??= crypto.randomUUID();
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, field: string) => encodeURIComponent(String(take(field))));
  const query = new URLSearchParams();
  for (const [parameter = '', field = ''] of renamed === '' ? [] : renamed.split('&').map((pair) => pair.split('='))) {
    const value = take(field);
    if (value !== undefined) query.set(parameter, String(value));
  }
  const content = bytes === undefined ? undefined : bytesOf(String(take(bytes) ?? ''));
  const whole = body === undefined ? undefined : take(body);
  const isJson = isWrite && method !== 'DELETE' && bytes === undefined;
  if (!isJson) for (const [field, value] of fields) query.set(field, String(value));
  headers['Content-Type'] = isJson ? 'application/json' : 'application/octet-stream';
  const response = await send(options, {
    method,
    path: `${filled}${query.size === 0 ? '' : `?${query}`}`,
    headers,
    ...(isJson ? { body: JSON.stringify(whole ?? Object.fromEntries(fields)) } : content === undefined ? {} : { body: content }),
    // A write has a key.
    repeatable: true,
    signal,
  });
  if (file !== true) return response.json();
  if (response.body === null) throw new ApiError(response.status, 'internal', 'The answer has no body.');
  const [mimeType, disposition] = ['content-type', 'content-disposition'].map((header) => response.headers.get(header) ?? '');
  return { name: fileNameIn(disposition ?? ''), mimeType: mimeType ?? '', stream: response.body } satisfies FileAnswer;
}

/** A name with other letters than Latin ones is there in a second form (RFC 6266). */
function fileNameIn(disposition: string): string {
  const [, encoded] = /filename\*=UTF-8''([^;]+)/i.exec(disposition) ?? [];
  if (encoded !== undefined) return decodeURIComponent(encoded);
  return /filename="?([^";]*)"?/.exec(disposition)?.[1] ?? 'file';
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

async function* each(
  call: (name: OperationName, input?: object, options?: CallOptions) => Promise<unknown>,
  name: OperationName,
  input: object = {},
  options: CallOptions = {},
): AsyncGenerator<unknown> {
  // A journal goes on after an entry, and other lists at a cursor.
  const place = name === 'sessions.history' ? 'after' : 'cursor';
  let at: unknown;
  do {
    const page = await call(name, at === undefined ? input : { ...input, [place]: at }, options);
    const { next, ...lists } = Object(page);
    for (const list of Object.values(lists)) if (Array.isArray(list)) yield* list;
    at = next ?? undefined;
  } while (at !== undefined);
}

function nameOf(text: string): OperationName {
  return text as OperationName;
}

/** Each function passes the types of its operation through. */
function decodeClient(made: object): Client {
  return made as Client;
}
