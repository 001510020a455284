/** Tools that a model may call. The input's schema types what runs. */
import * as z from 'zod';
import type { Json } from '#machines/definition.ts';
import { InvalidInput } from '#machines/errors.ts';
import type { JsonSchema, ToolSpec } from './provider.ts';
import type { CallOutputs } from './tool-outputs.ts';

export interface ToolContext extends CallOutputs {
  readonly sessionId: string;
  readonly runId: string;
  /** The provider's id of this call. */
  readonly callId: string;
  /** Facts that the session gave to the run. Never from the model. */
  readonly session: Json;
  /** Aborted if the run is stopped or the tool's time is up. The result is dropped then. */
  readonly signal: AbortSignal;
}

export interface ToolDefinition<I extends z.ZodObject> {
  /** Letters, digits, `_` and `-`, at most 64. */
  readonly name: string;
  /**
   * Description for the model of what the tool gives, when to call it, and what the inputs mean.
   */
  readonly description: string;
  readonly input: I;
  /** Milliseconds. Default 30,000, because a customer is waiting. */
  readonly timeoutMs?: number;
  /**
   * Characters of the result that the model reads. The rest is cut off, and the model sees that.
   * Default 20,000, some 5,000 tokens.
   */
  readonly maxResult?: number;
  /**
   * What one call costs, in US dollars. It is reserved in the budgets before the call and charged
   * after it, also if the call fails. Default 0. `STATECHAT_TOOL_PRICES` overrides it.
   */
  readonly priceUsd?: number;
  /**
   * Returns JSON or text. Throw a `StatechatError` whose message advises the model what to do
   * instead.
   */
  readonly run: (input: z.output<I>, context: ToolContext) => Promise<Json>;
}

/** A call whose input is good. */
export interface PreparedCall {
  /** As the schema reads it, defaults filled in. */
  readonly input: Json;
  readonly run: (context: ToolContext) => Promise<Json>;
}

/** Tool with its input's type closed over, so that many fit in one list. */
export interface Tool {
  readonly spec: ToolSpec;
  readonly timeoutMs: number;
  readonly maxResult: number;
  /** Micro-dollars. */
  readonly price: number;
  /** Throws `InvalidInput` with every fault of the input. */
  readonly prepare: (input: unknown) => PreparedCall;
}

const json: z.ZodType<Json> = z.json();

/** Far above what any call costs. A higher price is a mistake in the unit. */
const MAX_PRICE_USD = 10_000;

export function defineTool<I extends z.ZodObject>(definition: ToolDefinition<I>): Tool {
  const { name, description, input: schema, timeoutMs = 30_000, maxResult = 20_000, priceUsd = 0, run } = definition;
  if (!/^[a-zA-Z0-9_-]{1,64}$/.test(name)) throw new InvalidInput(`"${name}" cannot be the name of a tool: letters, digits, _ and -`);
  if (!(priceUsd >= 0 && priceUsd <= MAX_PRICE_USD))
    throw new InvalidInput(`"${name}" cannot cost ${priceUsd} dollars: a number from 0 to ${MAX_PRICE_USD} is expected`);
  return {
    spec: { name, description, inputSchema: jsonSchema(schema, 'input') },
    timeoutMs,
    maxResult,
    price: Math.ceil(priceUsd * 1_000_000),
    prepare: (input) => {
      const parsed = schema.safeParse(input);
      if (!parsed.success) {
        throw new InvalidInput(`The input of "${name}" is not right. ${z.prettifyError(parsed.error)}`, { tool: name }, parsed.error);
      }
      const shown = json.safeParse(parsed.data);
      if (!shown.success) throw new InvalidInput(`The input of "${name}" must be JSON after its schema has read it.`, { tool: name });
      return { input: shown.data, run: (context) => run(parsed.data, context) };
    },
  };
}

/**
 * zod's own output. `input` is the type before parsing, `output` after. Throws for what JSON cannot
 * express.
 */
export function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema: _dialect, ...rest } = z.record(z.string(), json).parse(z.toJSONSchema(schema, { io }));
  return rest;
}
