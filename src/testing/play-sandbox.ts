/**
 * `playSandbox` plays the steps of a saved sandbox again, with the assistants of the program and of
 * the folder `STATECHAT_ASSISTANTS_DIR`. It runs no effect and calls no model.
 */
import * as z from 'zod';
import { Sandbox, type SandboxStart } from '#actors/sandbox/sandbox.ts';
import { json, type SandboxStep, sandboxStep } from '#actors/sandbox/steps.ts';
import type { Checkpoint } from '#actors/session/replay.ts';
import { InvalidInput } from '#machines/errors.ts';
import { parseSessionId } from '#machines/ids.ts';
import type { SessionRow } from '#storage/port.ts';
import { allAssistants } from '../assistants/all-assistants.ts';
import { createReadingRegistry } from '../cli/reading-registry.ts';
import { loadConfig } from '../config/config.ts';
import { effectsOf } from '../operations/sandbox-view.ts';
import { createLog } from '../telemetry/log.ts';

/** Where the steps led. */
export interface PlayedSandbox {
  readonly value: unknown;
  readonly context: unknown;
  readonly state: string;
  /** What a real session would have done, in order. None of it was done. */
  readonly effects: readonly { readonly type: string; readonly params: unknown }[];
}

const saved = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('machine'),
    assistant: z.string(),
    machine: z.object({ id: z.string(), version: z.int() }),
    sessionId: z.string().transform(parseSessionId),
    at: z.number(),
    input: json.exactOptional(),
  }),
  z.object({
    kind: z.literal('fork'),
    row: z.custom<SessionRow>((row) => z.object({ id: z.uuid(), address: z.string(), assistant: z.string() }).safeParse(row).success),
    checkpoint: z.custom<Checkpoint>(
      (checkpoint) => z.object({ seq: z.int(), snapshot: z.looseObject({}), running: z.array(z.unknown()) }).safeParse(checkpoint).success,
    ),
    seq: z.int(),
    at: z.number(),
  }),
]);

/**
 * Both arguments are as the file has them. Throws `InvalidInput` for what no sandbox saved, and for
 * an assistant or machine that there is no more.
 */
export async function playSandbox(start: unknown, steps: readonly unknown[]): Promise<PlayedSandbox> {
  const from: SandboxStart = readStart(start);
  const played: readonly SandboxStep[] = steps.map((step) => sandboxStep.parse(step));
  const log = createLog({ level: 'silent' });
  const registry = createReadingRegistry({ assistants: await allAssistants(loadConfig(), log) });
  const sandbox = new Sandbox(registry, from);
  for (const step of played) sandbox.play(step);
  const { value, context } = sandbox.shape();
  return {
    value,
    context,
    state: sandbox.row.state,
    effects: effectsOf(sandbox).map(({ type, params }) => ({ type, params })),
  };
}

function readStart(start: unknown): SandboxStart {
  const { data, error } = saved.safeParse(start);
  if (data !== undefined) return data;
  throw new InvalidInput(`This is no start of a sandbox. ${z.prettifyError(error)}`);
}
