/** The published description of the gateway, against the rules of AsyncAPI and our own schemas. */
import specs from '@asyncapi/specs';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { clientMessage, serverMessage } from '#console/client/protocol.ts';
import { describeGateway } from '#src/gateway/asyncapi.ts';
import { clientMessageDocs, serverMessageDocs } from '#src/gateway/message-docs.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import { compose } from '../compose/app.ts';

const described = describeGateway();
const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });

/** Every reference in a document. */
function references(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => (key === '$ref' ? [String(inner)] : references(inner)));
}

function at(reference: string): unknown {
  return reference
    .slice(2)
    .split('/')
    .reduce<unknown>((value, key) => Reflect.get(Object(value), key), described);
}

test('is a document of AsyncAPI 3.0', () => {
  // It brings the schema of schemas with it.
  const rules = new Ajv({ strict: false, validateFormats: false, meta: false, validateSchema: false });
  const validate = rules.compile(z.record(z.string(), z.unknown()).parse(specs.schemas['3.0.0']));
  validate(described);
  expect(validate.errors).toBeNull();
  validate({ ...described, channels: { console: { adress: '/' } } });
  expect(validate.errors).not.toBeNull();
});

test('names only what it has', () => {
  expect(references(described).length).toBeGreaterThan(50);
  for (const reference of references(described)) expect(at(reference), reference).toBeDefined();
});

test.each([
  ['client', clientMessage, clientMessageDocs],
  ['server', serverMessage, serverMessageDocs],
] as const)('each message of a %s has a summary, and examples that its schema takes', (side, schema, docs) => {
  const messages = Object.entries(described.components.messages).filter(([name]) => name.startsWith(side));
  expect(messages.map(([, { name }]) => name).toSorted()).toEqual(Object.keys(docs).toSorted());
  for (const [name, { summary, payload, examples }] of messages) {
    expect(summary, name).toMatch(/^[A-Z].*\.$/);
    expect(examples, name).not.toEqual([]);
    const validate = ajv.compile(payload);
    for (const example of examples) {
      expect(schema.safeParse(example.payload), name).toMatchObject({ success: true, data: example.payload });
      validate(example.payload);
      expect(validate.errors, name).toBeNull();
      validate({ ...example.payload, type: 'other' });
      expect(validate.errors, name).not.toBeNull();
    }
  }
});

test('is served to everybody, as JSON', async () => {
  const app = await compose({}, { store: createMemoryStore() });
  try {
    const response = await fetch(`${app.url}/console/asyncapi.json`);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
    expect(await response.json()).toEqual(JSON.parse(JSON.stringify(described)));
  } finally {
    await app.stop();
  }
});
