import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { tools } from '#src/mcp/tools.ts';
import { fieldsOf, wireInput, wireName, wireNames, wireOutput } from '#src/mcp/wire-schema.ts';

describe('the names on the wire', () => {
  it('are in snake case, in schemas, values and messages', () => {
    expect(wireName('sessionId')).toBe('session_id');
    expect(wireNames(['sessionId'])).toBe('session_id');
    expect(wireNames(['include', 0])).toBe('include.0');
    expect(wireNames([])).toBe('input');
    const inner = z.strictObject({ cacheHit: z.boolean(), byKey: z.record(z.string(), z.number()) });
    const output = z.strictObject({ oneThing: inner.nullable(), all: z.array(inner).optional().describe('All of them.') });
    const { schema, encode } = wireOutput(output);
    const one = { cacheHit: true, byKey: { keyOfData: 1 } };
    const wire = { cache_hit: true, by_key: { keyOfData: 1 } };
    expect(encode({ oneThing: null })).toEqual({ one_thing: null });
    expect(schema.parse(encode({ oneThing: one, all: [one] }))).toEqual({ one_thing: wire, all: [wire] });
    expect(schema.safeParse({ one_thing: { cache_hit: 1, by_key: {} } }).success).toBe(false);
    expect(JSON.stringify(z.toJSONSchema(schema))).toContain('All of them.');
    // A later version can add fields to a result.
    expect(schema.safeParse({ one_thing: null, new_field: 1 }).success).toBe(true);
  });

  it('lead to the fields of the operation, and no field can be set by its own name', () => {
    const input = z.strictObject({ sessionId: z.string(), hours: z.number() });
    expect(fieldsOf(input, { session_id: 'a', hours: 1 })).toEqual({ sessionId: 'a', hours: 1 });
    expect(() => fieldsOf(input, { sessionId: 'a' })).toThrow('Unrecognized key: "sessionId"');
    expect(fieldsOf(input, { surprise: 1 })).toEqual({ surprise: 1 });
    expect(fieldsOf(input, undefined)).toEqual({});
    expect(Object.keys(wireInput(input).shape)).toEqual(['session_id', 'hours']);
  });

  it.each(tools.map((tool) => [tool.name, tool] as const))('of %s are all in snake case', (_, { operation }) => {
    const schemas = [z.toJSONSchema(wireInput(operation.input), { io: 'input' }), z.toJSONSchema(wireOutput(operation.output).schema)];
    const names = schemas.flatMap((schema) => [...JSON.stringify(schema).matchAll(/"properties":\{"([^"]+)"/g)].map(([, name]) => name));
    expect(names.length).toBeGreaterThan(1);
    for (const name of names) expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
  });
});
