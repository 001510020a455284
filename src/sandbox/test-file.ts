/** A sandbox as a test file, which plays its steps again and compares where they lead. */
import type { SandboxStart } from '#actors/sandbox/sandbox.ts';
import type { SandboxStep } from '#actors/sandbox/steps.ts';

export interface SavedSandbox {
  readonly title: string;
  readonly start: SandboxStart;
  readonly steps: readonly SandboxStep[];
  /** Where the steps lead. */
  readonly expected: { readonly value: unknown; readonly context: unknown; readonly effects: readonly unknown[] };
}

export function testFileOf({ title, start, steps, expected }: SavedSandbox): string {
  return `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { playSandbox } from 'statechat/testing';

const start = ${JSON.stringify(start, null, 2)};

const steps = ${JSON.stringify(steps, null, 2)};

test(${JSON.stringify(title)}, async () => {
  const { value, context, effects } = await playSandbox(start, steps);
  assert.deepEqual(value, ${indented(expected.value)});
  assert.deepEqual(context, ${indented(expected.context)});
  assert.deepEqual(effects, ${indented(expected.effects)});
});
`;
}

function indented(value: unknown): string {
  return JSON.stringify(value, null, 2).replaceAll('\n', '\n  ');
}
