/** Messages between the run and the process of an entrant's instance. */
import * as z from 'zod';
import { ANSWERS, CONTESTANTS } from './options.ts';

const questionSchema = z.discriminatedUnion('ask', [
  z.object({
    ask: z.literal('open'),
    what: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('house'), contestant: z.enum(CONTESTANTS), answers: z.enum(ANSWERS), connections: z.number() }),
      z.object({ kind: z.literal('peer'), file: z.string(), variant: z.enum(['start', 'tuned', 'other']) }),
    ]),
    databaseUrl: z.string(),
    /** In all. */
    conversations: z.number(),
    /** Those that this instance is sent messages for. */
    mine: z.array(z.number()),
  }),
  /** One message for each of its conversations. */
  z.object({ ask: z.literal('begin') }),
  z.object({ ask: z.literal('round'), concurrency: z.number(), seconds: z.number() }),
  z.object({ ask: z.literal('count') }),
  z.object({ ask: z.literal('close') }),
]);
export type Question = z.infer<typeof questionSchema>;

export const answerSchema = z.object({
  /** Why it could not be done. */
  failed: z.string().optional(),
  /** `cpuMs` is the processor time of its process. */
  round: z.object({ turns: z.number(), ms: z.number(), latencies: z.instanceof(Float64Array), cpuMs: z.number() }).optional(),
  counters: z.record(z.string(), z.number()).optional(),
});
export type Answer = z.infer<typeof answerSchema>;

export const parseQuestion = (message: unknown): Question => questionSchema.parse(message);
