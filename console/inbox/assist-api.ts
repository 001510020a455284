/** What the model writes for an agent: a draft as it is written, and a brief. */
import { EventSourceParserStream } from 'eventsource-parser/stream';
import * as z from 'zod/mini';
import { ApiRefusal, type ApiResponse } from './api-request.ts';

const written = z.object({ text: z.string(), offline: z.boolean() });
export type WrittenDraft = z.infer<typeof written>;
const brief = z.extend(written, { at: z.number(), behind: z.number() });
export type Brief = z.infer<typeof brief>;

const piece = z.object({ offset: z.number(), text: z.string() });
const problem = z.object({ code: z.string(), detail: z.string() });

export interface AssistApi {
  /** Calls `onText` with the whole text so far. Rejects with `ApiRefusal` if nothing is written. */
  suggest(sessionId: string, signal: AbortSignal, onText: (text: string) => void): Promise<WrittenDraft>;
  brief(sessionId: string, language: string, refresh: boolean): Promise<Brief>;
}

/** How long a brief may take, in milliseconds. A model may think first. */
const BRIEF_MS = 90_000;

export function assistApi(respond: ApiResponse): AssistApi {
  const pathOf = (sessionId: string, what: string): string => `/sessions/${encodeURIComponent(sessionId)}/${what}`;
  return {
    async suggest(sessionId, signal, onText) {
      const { body } = await respond('POST', pathOf(sessionId, 'suggestion'), {}, { accept: 'text/event-stream', signal });
      let text = '';
      if (body !== null) {
        const events = body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream()).getReader();
        for (let next = await events.read(); !next.done; next = await events.read()) {
          const { event, data } = next.value;
          const given: unknown = JSON.parse(data);
          if (event === 'text') {
            const { offset, text: more } = piece.parse(given);
            text = text.slice(0, offset) + more;
            onText(text);
          } else if (event === 'done') return written.parse(given);
          else if (event === 'problem') {
            const { code, detail } = problem.parse(given);
            throw new ApiRefusal(code, detail);
          }
        }
      }
      throw new Error('the draft ended before it was complete');
    },
    async brief(sessionId, language, refresh) {
      const response = await respond('POST', pathOf(sessionId, 'brief'), { language, refresh }, { signal: AbortSignal.timeout(BRIEF_MS) });
      return brief.parse(await response.json());
    },
  };
}
