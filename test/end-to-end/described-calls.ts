/** The calls of the API as its description has them, each with a body that it takes. */
import fc from 'fast-check';
import * as z from 'zod';
import { valuesOf } from '#test/json-schema-values.ts';

export interface Call {
  readonly name: string;
  readonly method: string;
  /** With `{id}` and others. */
  readonly path: string;
  readonly scope: string;
  readonly body?: string;
  readonly type?: string;
}

const described = z.object({
  operationId: z.string(),
  security: z.tuple([z.object({ token: z.tuple([z.string()]) })]),
  requestBody: z.object({ content: z.record(z.string(), z.object({ schema: z.unknown() })) }).optional(),
});
const document = z.object({
  paths: z.record(z.string(), z.record(z.string(), described)),
  components: z.object({ schemas: z.record(z.string(), z.unknown()) }),
});
const withActions = z.object({ anyOf: z.array(z.looseObject({ properties: z.looseObject({ action: z.unknown().optional() }) })) });
const action = z.object({ const: z.string() });

/** An operation that is an action of a route is a call of its own. */
export function describedCalls(description: unknown): readonly Call[] {
  const { paths, components } = document.parse(description);
  const resolve = (ref: string): unknown => components.schemas[ref.replace('#/components/schemas/', '')];
  const sample = (schema: unknown): string => JSON.stringify(fc.sample(valuesOf(schema, resolve), { numRuns: 1, seed: 15 })[0]);
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, ...operation })),
  );
  const scopes = new Map(operations.map(({ operationId, security: [{ token }] }) => [operationId, token[0]]));
  return operations.flatMap(({ operationId: name, method, path, requestBody }): Call[] => {
    const scopeOf = (operation: string): string => scopes.get(operation) ?? 'unknown';
    const call = { name, method, path, scope: scopeOf(name) };
    const [type, { schema } = { schema: {} }] = Object.entries(requestBody?.content ?? {})[0] ?? [];
    if (type === undefined) return [call];
    if (type !== 'application/json') return [{ ...call, type, body: 'bytes' }];
    const choices = withActions.safeParse(schema).data?.anyOf ?? [];
    if (choices.length === 0) return [{ ...call, body: sample(schema) }];
    return choices.map((choice) => {
      const chosen = action.safeParse(choice.properties.action).data?.const;
      const own = chosen === undefined ? name : `sessions.${chosen}`;
      return { ...call, name: own, scope: scopeOf(own), body: sample(choice) };
    });
  });
}
