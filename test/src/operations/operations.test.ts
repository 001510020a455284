import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { routes } from '#src/http/routes.ts';
import { SCOPES, type Scope } from '#src/operations/caller.ts';
import { IDEMPOTENCY_PROBLEMS } from '#src/operations/idempotent-answers.ts';
import { jsonSchemasOf } from '#src/operations/json-schemas.ts';
import type { Operation } from '#src/operations/operation.ts';
import { operations } from '#src/operations/operations.ts';
import { type ProblemType, problemTypes } from '#src/operations/problems.ts';

const page = (name: string) => readFileSync(new URL(`../../../docs/reference/${name}`, import.meta.url), 'utf8');

const all: readonly [name: string, operation: Operation][] = Object.entries(operations);

/** Operations that nothing projects yet, each with its reason. */
const UNPROJECTED: Readonly<Record<string, string>> = {};

describe.each(all)('the operation %s', (name, operation) => {
  test('stands under its own name', () => {
    expect(operation.name).toBe(name);
    expect(name).toMatch(/^[a-z_]+\.[a-z_]+$/);
  });

  test('has a scope and a summary of one or two sentences', () => {
    expect(SCOPES).toContain(operation.scope);
    expect(operation.summary).toMatch(/^[A-Z].{10,120}\.$/);
  });

  test('has an input and an output that are JSON Schema', () => {
    const { input, output } = jsonSchemasOf(operation);
    for (const schema of [input, output]) expect(JSON.parse(JSON.stringify(schema))).toMatchObject({ type: 'object' });
    // Callers can send known fields alone, and later versions can add fields to results.
    expect(input.additionalProperties).toBe(false);
    expect(JSON.stringify(output)).not.toContain('"additionalProperties":false');
  });

  test('refuses a field that its input does not have', () => {
    const { error } = operation.input.safeParse({ surprise: 1 });
    expect(error?.issues).toContainEqual(expect.objectContaining({ code: 'unrecognized_keys', keys: ['surprise'] }));
  });

  test('is projected, or says why not', () => {
    const projected = routes.some((route) => route.operation === operation);
    expect(projected).toBe(UNPROJECTED[name] === undefined);
  });
});

test('operations have names of their own, and each scope is needed by one but those that widen another', () => {
  expect(new Set(all.map(([, { name }]) => name)).size).toBe(all.length);
  const needed = new Set<Scope>(all.map(([, { scope }]) => scope));
  expect(SCOPES.filter((scope) => !needed.has(scope))).toEqual(['sessions:manage', 'sessions:personal']);
});

test('every problem is declared by an operation and described in the docs', () => {
  const declared = all.flatMap(([, { errors = [] }]) => errors);
  const described = page('problems.md');
  // Any operation may have these.
  const common: readonly ProblemType[] = [problemTypes.forbidden, ...IDEMPOTENCY_PROBLEMS];
  for (const type of Object.values(problemTypes)) {
    expect(described).toContain(`| \`${type.code}\` |`);
    if (!common.includes(type)) expect(declared).toContain(type);
  }
});

test('the docs list every operation with its scope and its route', () => {
  const rows = routes.map(
    ({ method, path, operation }) => `| \`${operation.name}\` | \`${operation.scope}\` | \`${method} /api${path}\` |`,
  );
  expect([...page('operations.md').matchAll(/^\| `.*$/gm)].map(([row]) => row).sort()).toEqual(rows.sort());
});
