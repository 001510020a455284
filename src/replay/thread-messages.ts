/** What passes between the program and the thread that plays journals. */
import * as z from 'zod';
import type { Moment } from '#actors/session/moment.ts';
import type { Checkpoint } from '#actors/session/replay.ts';
import type { ReplayJob } from './replay-engine.ts';

export type ThreadRequest =
  | { readonly id: number; readonly kind: 'checkpoint'; readonly job: ReplayJob }
  | { readonly id: number; readonly kind: 'moment'; readonly job: ReplayJob };

/** Both sides are of one program, so the parts are not checked again. */
const trusted = <T>() => z.custom<T>((value) => typeof value === 'object' && value !== null);

export const threadAnswer = z.union([
  z.object({ id: z.number(), checkpoint: trusted<Checkpoint>() }),
  z.object({ id: z.number(), moment: trusted<Moment>() }),
  z.object({ id: z.number(), failure: z.object({ code: z.string(), message: z.string() }) }),
]);
export type ThreadAnswer = z.infer<typeof threadAnswer>;

export const threadRequest = z.object({
  id: z.number(),
  kind: z.enum(['checkpoint', 'moment']),
  job: trusted<ReplayJob>(),
});

/** What the thread begins with. */
export const threadData = z.object({ assistantsDir: z.string() });
export type ThreadData = z.infer<typeof threadData>;
