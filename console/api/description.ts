/** The description of the API, as far as the page shows it. */
import * as z from 'zod/mini';

const parameter = z.object({
  name: z.string(),
  in: z.enum(['path', 'query', 'header']),
  required: z.boolean(),
  description: z.optional(z.string()),
});
export type Parameter = z.infer<typeof parameter>;

const operation = z.object({
  operationId: z.string(),
  summary: z.string(),
  description: z.string(),
  tags: z.array(z.string()),
  parameters: z.array(parameter),
  requestBody: z.optional(
    z.object({ content: z.record(z.string(), z.looseObject({ example: z.optional(z.unknown()), schema: z.unknown() })) }),
  ),
  responses: z.record(z.string(), z.looseObject({ description: z.optional(z.string()), $ref: z.optional(z.string()) })),
});
const described = z.object({
  paths: z.record(z.string(), z.record(z.string(), operation)),
  tags: z.array(z.object({ name: z.string(), description: z.string() })),
  components: z.object({ responses: z.record(z.string(), z.looseObject({ description: z.string() })) }),
});

export interface DescribedOperation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly summary: string;
  /** The scope that it needs. */
  readonly scope: string;
  readonly parameters: readonly Parameter[];
  /** Undefined if it takes none. */
  readonly body: { readonly type: string; readonly example: string } | undefined;
  readonly answers: readonly { readonly status: string; readonly about: string }[];
}

export interface Group {
  readonly name: string;
  readonly about: string;
  readonly operations: readonly DescribedOperation[];
}

/** By tag. Throws if it is no description of this API. */
export function describedOperations(json: unknown): readonly Group[] {
  const { paths, tags, components } = described.parse(json);
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, one]): DescribedOperation & { readonly tag: string | undefined } => {
      const [type, content] = Object.entries(one.requestBody?.content ?? {})[0] ?? [];
      return {
        id: one.operationId,
        method: method.toUpperCase(),
        path,
        summary: one.summary,
        scope: /`(.+)`/.exec(one.description)?.[1] ?? '',
        parameters: one.parameters,
        body: type === undefined ? undefined : { type, example: type === 'application/json' ? bodyText(content?.example) : '' },
        answers: Object.entries(one.responses).map(([status, { description, $ref }]) => ({
          status,
          about: description ?? components.responses[$ref?.split('/').at(-1) ?? '']?.description ?? '',
        })),
        tag: one.tags[0],
      };
    }),
  );
  return tags.map(({ name, description }) => ({ name, about: description, operations: all.filter(({ tag }) => tag === name) }));
}

function bodyText(example: unknown): string {
  return JSON.stringify(example ?? {}, null, 2);
}
