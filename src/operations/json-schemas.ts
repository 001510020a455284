/**
 * The schemas of an operation as JSON Schema (draft 2020-12), which projections read and publish.
 */
import * as z from 'zod';
import type { Operation } from './operation.ts';

export interface OperationSchemas {
  /** What a caller may send. */
  readonly input: z.core.JSONSchema.BaseSchema;
  /** What a caller gets. It leaves room for members that a later version adds. */
  readonly output: z.core.JSONSchema.BaseSchema;
}

export function jsonSchemasOf({ input, output }: Pick<Operation, 'input' | 'output'>): OperationSchemas {
  return {
    input: z.toJSONSchema(input, { io: 'input' }),
    output: z.toJSONSchema(output, {
      io: 'output',
      override: ({ jsonSchema }) => {
        if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
      },
    }),
  };
}
