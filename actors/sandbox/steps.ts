/** What a sandbox plays, as it is stored, sent and saved as a test. */
import * as z from 'zod';
import type { Json, MachineEvent } from '#machines/definition.ts';

/** Ten years in milliseconds. Times beyond have no meaning for a conversation. */
const MOST_ADVANCE = 315_360_000_000;
/** Characters of one step as JSON. It holds the longest text and what is around it. */
const MOST_CHARACTERS = 300_000;

export const json: z.ZodType<Json> = z.json();
const serial = z.int().nonnegative();
const event = z
  .looseObject({ type: z.string().min(1).max(300) })
  .refine((sent) => json.safeParse(sent).success, 'expected JSON')
  .transform((sent): MachineEvent => sent);

export const sandboxStep = z
  .discriminatedUnion('do', [
    /** An event from outside. */
    z.strictObject({ do: z.literal('send'), event }),
    /** Time goes by, and the timers that are due until then fire in their order. */
    z.strictObject({ do: z.literal('advance'), ms: z.int().nonnegative().max(MOST_ADVANCE) }),
    /** An invocation ends with this output. */
    z.strictObject({ do: z.literal('settle'), serial, output: json }),
    /** An invocation, or an effect, fails for good. */
    z.strictObject({ do: z.literal('fail'), serial, reason: z.string().min(1).max(2_000) }),
    /** The code of an invocation sent an event, as one that was run for the sandbox did. */
    z.strictObject({
      do: z.literal('signal'),
      serial,
      to: z.union([z.enum(['self', 'parent']), z.templateLiteral(['system:', z.string()])]),
      event,
    }),
    /** From now on a guard has this outcome. Null gives it back to its own code. */
    z.strictObject({ do: z.literal('force'), guard: z.string().min(1).max(300), outcome: z.boolean().nullable() }),
  ])
  .refine((step) => JSON.stringify(step).length <= MOST_CHARACTERS, `expected at most ${MOST_CHARACTERS} characters`);

export type SandboxStep = z.infer<typeof sandboxStep>;
