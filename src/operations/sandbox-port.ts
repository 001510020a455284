/** Port for sandboxes (src/sandbox). */
import type { PlayedStep, Sandbox } from '#actors/sandbox/sandbox.ts';
import type { SandboxStep } from '#actors/sandbox/steps.ts';
import type { Json } from '#machines/definition.ts';
import type { SessionId } from '#machines/ids.ts';

/** What a sandbox is made from. */
export type SandboxOrigin =
  | {
      readonly kind: 'machine';
      readonly assistant: string;
      readonly machine: { readonly id: string; readonly version: number };
      /** What opens its session, if the machine needs something. */
      readonly input?: Json;
    }
  | { readonly kind: 'fork'; readonly sessionId: SessionId; readonly seq: number };

/** The model of a run. `real` is the one that the program is configured with. */
export type SandboxModel = 'offline' | 'real';

export interface KeptSandbox {
  readonly id: string;
  /** Id of the agent who made it. */
  readonly owner: string;
  readonly version: number;
  readonly origin: SandboxOrigin;
  /** When its time began, in milliseconds since the epoch. */
  readonly startedAt: number;
  readonly expiresAt: number;
  readonly steps: readonly SandboxStep[];
  readonly sandbox: Sandbox;
  /** Session that it was forked from. Undefined for one of a machine. */
  readonly agentId: string | null | undefined;
}

/**
 * Rejects with `StatechatError` codes `unreplayable`, `not_found` (of a sandbox or its session),
 * `conflict` (it has another version by now), `no_room`, and with `InvalidInput` for a step that
 * makes no sense.
 */
export interface Sandboxes {
  begin(owner: string, origin: SandboxOrigin): Promise<KeptSandbox>;
  get(id: string): Promise<KeptSandbox>;
  /** The steps are played in order, all or none. Gives what became of each. */
  play(
    id: string,
    version: number,
    steps: readonly SandboxStep[],
  ): Promise<{ readonly kept: KeptSandbox; readonly played: readonly PlayedStep[] }>;
  /** Runs the code of an invocation, and plays what it sent. */
  run(
    id: string,
    version: number,
    serial: number,
    model: SandboxModel,
    signal?: AbortSignal,
  ): Promise<{ readonly kept: KeptSandbox; readonly played: readonly PlayedStep[] }>;
  /**
   * The models that an invocation may be run with. Empty for one whose code is the assistant's own.
   */
  modelsFor(kept: KeptSandbox, serial: number): readonly SandboxModel[];
  /** A file for `node --test` that plays the steps again and compares where they lead. */
  testFile(
    kept: KeptSandbox,
    saved: {
      readonly title: string;
      readonly expected: { readonly value: unknown; readonly context: unknown; readonly effects: readonly unknown[] };
    },
  ): Promise<string>;
  /** False if there is none. */
  end(id: string): Promise<boolean>;
}
