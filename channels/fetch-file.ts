/**
 * Downloads of files as they come in. A large file over a slow line takes longer than any call, so
 * the time limit is for the answer, and then for each silence within the file. Time that the
 * reader takes does not count.
 */
import type { StatechatError } from '#machines/errors.ts';

export interface FetchFileOptions extends Pick<RequestInit, 'headers' | 'redirect'> {
  /** Milliseconds until the answer, and until the next bytes. */
  readonly silenceMs: number;
  /** Ends it. */
  readonly signal?: AbortSignal | undefined;
  /** What the reader of the body gets if the connection breaks, is silent or is ended. */
  readonly broken: (error: unknown) => StatechatError;
}

/** Rejects with the error of `fetch` if there is no answer. Without a body, the file is empty. */
export async function fetchFile(
  url: string,
  { silenceMs, signal, broken, ...init }: FetchFileOptions,
): Promise<{ readonly response: Response; readonly bytes: AsyncIterable<Uint8Array> }> {
  const silence = new AbortController();
  const within = async <T>(work: Promise<T>): Promise<T> => {
    const timer = setTimeout(() => silence.abort(new Error(`nothing came for ${silenceMs} ms`)), silenceMs);
    return await work.finally(() => clearTimeout(timer));
  };
  const ends = signal === undefined ? silence.signal : AbortSignal.any([signal, silence.signal]);
  const response = await within(fetch(url, { ...init, signal: ends }));
  return { response, bytes: bytesOfBody(response.body, within, broken) };
}

async function* bytesOfBody(
  body: ReadableStream<Uint8Array> | null,
  within: <T>(work: Promise<T>) => Promise<T>,
  broken: FetchFileOptions['broken'],
): AsyncGenerator<Uint8Array> {
  if (body === null) return;
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await within(reader.read()).catch((error: unknown) => {
        throw broken(error);
      });
      if (done) return;
      yield value;
    }
  } finally {
    // Ends the request if the file was not read to its end.
    await reader.cancel().catch(() => undefined);
  }
}
