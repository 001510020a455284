/** Runs a macro on one session, step by step. */
import { type CannedResponse, commandOfStep, type Macro, type MacroStep } from '../client/library.ts';
import { type Ack, CommandError, type Request } from '../client/request.ts';
import { filled, missingIn, textIn, type Values } from './canned-text.ts';
import type { Saved } from './library.ts';
import { type Problem, problemOf } from './problem.ts';

export interface MacroContext {
  readonly sessionId: string;
  /** The last entry that the agent saw. */
  readonly seen: number;
  readonly canned: readonly Saved<CannedResponse>[];
  readonly values: Values;
  /** Languages of the customer, the first one first. */
  readonly locales: readonly (string | undefined)[];
}

/** What keeps a step from being run. */
export type StepFault =
  /** Variables without a value. */
  | { readonly kind: 'missing'; readonly names: readonly string[] }
  /** The canned response was removed. */
  | { readonly kind: 'no text' }
  /** This page does not know the command. */
  | { readonly kind: 'unknown' };

export interface PreparedStep {
  readonly type: MacroStep['type'];
  /** The text that the step sends or notes. */
  readonly text: string | undefined;
  readonly request: Request | undefined;
  readonly fault: StepFault | undefined;
}

/** The commands of a macro for a session, and what is wrong with them. Nothing is sent. */
export function prepared({ steps }: Macro, context: MacroContext): readonly PreparedStep[] {
  return steps.map((step) => preparedStep(step, context));
}

/** The customer would get something. */
export function sendsText(steps: readonly PreparedStep[]): boolean {
  return steps.some(({ request }) => request?.type === 'send');
}

function preparedStep(step: MacroStep, { canned, values, locales, ...given }: MacroContext): PreparedStep {
  const { type } = step;
  const response = type === 'canned' ? canned.find(({ id }) => id === step['itemId'])?.item : undefined;
  if (type === 'canned' && response === undefined) return { type, text: undefined, request: undefined, fault: { kind: 'no text' } };
  const written = response === undefined ? undefined : textIn(response, locales);
  const command: MacroStep = written === undefined ? step : { type: 'send', text: written };
  const request = commandOfStep(command, given);
  if (request === undefined) return { type, text: undefined, request, fault: { kind: 'unknown' } };
  if (request.type !== 'send') return { type, text: request.type === 'note' ? request.text : undefined, request, fault: undefined };
  const text = filled(request.text, values);
  const names = missingIn(text);
  return { type, text, request: { ...request, text }, fault: names.length === 0 ? undefined : { kind: 'missing', names } };
}

export interface MacroResult {
  /** How many steps were done. */
  readonly done: number;
  /** Why the next one was not. Undefined if all were done. */
  readonly problem: Problem | undefined;
}

/** Stops at the first step that is refused or changes nothing. */
export async function runSteps(steps: readonly PreparedStep[], send: (request: Request) => Promise<Ack>): Promise<MacroResult> {
  for (const [done, { request }] of steps.entries()) {
    if (request === undefined) return { done, problem: { kind: 'refused', message: 'unknown' } };
    try {
      const { ignored } = await send(request);
      if (ignored !== undefined) return { done, problem: { kind: 'refused', message: ignored } };
    } catch (error) {
      if (error instanceof CommandError) return { done, problem: problemOf(error) };
      return { done, problem: { kind: 'refused', message: error instanceof Error ? error.message : String(error) } };
    }
  }
  return { done: steps.length, problem: undefined };
}
