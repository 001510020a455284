/**
 * Calls to the Graph API. Owns the client, time limits of a call, and the shape of answers. Does
 * not own what an error means (errors.ts), limits of sending (pace.ts), retries.
 *
 * Invariants
 * 1. The token goes to the Graph API and to Meta's hosts of media, and nowhere else. No redirect is
 *    followed.
 * 2. No error has the token or the address of a file.
 */
import * as z from 'zod';
import { type StatechatError, Unavailable } from '#machines/errors.ts';
import { fetchFile } from '../fetch-file.ts';
import type { FileForm } from '../file-form.ts';
import { uploadMs } from '../upload-time.ts';
import { errorOf } from './errors.ts';

export const DEFAULT_GRAPH_ROOT = 'https://graph.facebook.com/v25.0';

export interface GraphOptions {
  readonly token: string;
  /** With the version, without a slash at the end. */
  readonly root: string;
  /** Milliseconds that an answer may take. */
  readonly timeoutMs: number;
}

/** A failed call that has a code of Meta, as opposed to one that was not answered. */
const errorAnswer = z.object({
  error: z.object({
    code: z.number().int(),
    message: z.string().default(''),
    is_transient: z.boolean().optional(),
    error_data: z.object({ details: z.string().optional() }).optional().catch(undefined),
    error_user_msg: z.string().optional(),
  }),
});

export interface Call<T extends z.ZodType> {
  readonly method: 'GET' | 'POST';
  /** Below the root, without a slash at the beginning. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
  readonly shape: T;
  readonly signal?: AbortSignal | undefined;
}

export class Graph {
  readonly root: string;
  private readonly token: string;
  private readonly timeoutMs: number;

  constructor({ token, root, timeoutMs }: GraphOptions) {
    this.token = token;
    this.root = root;
    this.timeoutMs = timeoutMs;
  }

  /** Throws what `errorOf` makes of Meta's answer, or `Unavailable`. */
  async call<T extends z.ZodType>({ method, path, query, body, shape, signal }: Call<T>): Promise<z.output<T>> {
    const search = query === undefined ? '' : `?${new URLSearchParams(query)}`;
    const init = body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    return this.answerOf(await this.fetch(`${this.root}/${path}${search}`, { method, ...init }, this.timeoutMs, signal), path, shape);
  }

  /** Sends a form with a file in it. Its time limit grows with its length. */
  async upload<T extends z.ZodType>(path: string, form: FileForm, shape: T, signal: AbortSignal): Promise<z.output<T>> {
    const limitMs = this.timeoutMs + uploadMs(Number(form.headers['content-length']));
    const response = await this.fetch(`${this.root}/${path}`, { method: 'POST', ...form }, limitMs, signal);
    return this.answerOf(response, path, shape);
  }

  /** Reads a file at an address that the Graph API just gave. The caller has checked its host. */
  async download(address: URL, signal: AbortSignal | undefined): ReturnType<typeof fetchFile> {
    const broken = (error: unknown) => new Unavailable(`the connection to WhatsApp broke within the file: ${this.redacted(error)}`);
    const headers = { authorization: `Bearer ${this.token}` };
    try {
      return await fetchFile(address.href, { headers, redirect: 'manual', silenceMs: this.timeoutMs, signal, broken });
    } catch (error) {
      throw new Unavailable(`WhatsApp could not be reached: ${this.redacted(error)}`);
    }
  }

  private async fetch(url: string, init: RequestInit, timeoutMs: number, signal: AbortSignal | undefined): Promise<Response> {
    const limit = AbortSignal.timeout(timeoutMs);
    try {
      return await fetch(url, {
        redirect: 'manual',
        ...init,
        headers: { ...init.headers, authorization: `Bearer ${this.token}` },
        signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
      });
    } catch (error) {
      throw new Unavailable(`WhatsApp could not be reached: ${this.redacted(error)}`);
    }
  }

  private async answerOf<T extends z.ZodType>(response: Response, path: string, shape: T): Promise<z.output<T>> {
    const { status } = response;
    let answer: unknown;
    try {
      answer = JSON.parse(await response.text());
    } catch (error) {
      throw new Unavailable(`WhatsApp answered ${status} without JSON (${path}): ${this.redacted(error)}`, { status });
    }
    const failed = errorAnswer.safeParse(answer);
    if (failed.success) throw this.meaning(failed.data.error, status);
    const parsed = shape.safeParse(answer);
    if (response.ok && parsed.success) return parsed.data;
    if (!response.ok) throw new Unavailable(`WhatsApp answered ${status} (${path})`, { status });
    const message = `WhatsApp answered in a shape that is not Meta's (${path}): check WHATSAPP_GRAPH_API_ROOT`;
    throw new Unavailable(message, { status }, parsed.error);
  }

  private meaning(error: z.infer<typeof errorAnswer>['error'], status: number): StatechatError {
    const { code, message, is_transient, error_data, error_user_msg } = error;
    const details = this.redacted(error_data?.details ?? error_user_msg ?? message);
    return errorOf({ code, details, status, ...(is_transient === undefined ? {} : { transient: is_transient }) });
  }

  private redacted(error: unknown): string {
    const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : '';
    return `${error instanceof Error ? error.message : String(error)}${cause}`.replaceAll(this.token, '[token]').slice(0, 300);
  }
}
