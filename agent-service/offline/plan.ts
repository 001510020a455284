/**
 * Plan of the offline model for a workflow. It decides which tool comes next, with which input, and
 * when to write. Pure and repeatable.
 *
 * Without a plan of the workflow, tools are called in their order, each as soon as its required
 * inputs are known by name, from the workflow's parameters and then from earlier results. A tool
 * with unknown inputs is skipped, and none is called twice.
 */
import type { Json } from '#machines/definition.ts';
import { blocksOf, messageText, type ProviderMessage, type TextMessage } from '../content.ts';
import { PARAMS, unframed } from '../data-frame.ts';
import { CUSTOMER_DATA, withoutSent } from '../prompt.ts';
import type { JsonSchema, ProviderRequest, ToolSpec } from '../provider.ts';

type Facts = Readonly<Record<string, Json | undefined>>;

/** What came of a call. */
export interface OfflineResult {
  readonly name: string;
  readonly ok: boolean;
  readonly value: Json;
}

export interface OfflineMessage {
  readonly role: 'user' | 'assistant';
  /** The words alone. Empty if the customer sent only files or recordings. */
  readonly text: string;
  /** Files or recordings came with it. */
  readonly sent: boolean;
}

/** What a plan knows. */
export interface OfflineView {
  /**
   * Of the workflow, as its prompt frames them. In a conversation, what is known of the customer,
   * which is `name`, `locale`, `entities`, `preferences` and `today`, as far as there is any.
   */
  readonly params: Facts;
  /** What was said, oldest first, without calls and results. The last one is the customer's. */
  readonly messages: readonly OfflineMessage[];
  /** So far, in order. */
  readonly results: readonly OfflineResult[];
  /** What may be called now. */
  readonly tools: readonly ToolSpec[];
  /** What the answer must be like, if it must. */
  readonly outputSchema?: JsonSchema;
}

export type OfflineStep = { readonly calls: readonly { readonly name: string; readonly input: Json }[] } | { readonly text: string };

/** Undefined means to continue without a plan. */
export type OfflinePlan = (view: OfflineView) => OfflineStep | undefined;

/** Undefined for a conversation, which has no parameters to work with. */
export function viewOf(request: ProviderRequest): OfflineView | undefined {
  const params = request.messages.map((message) => unframed(PARAMS, messageText(message))).find((found) => found !== undefined);
  return params === undefined ? undefined : viewWith(params, request);
}

/** View of a conversation. */
export function conversationView(request: ProviderRequest): OfflineView {
  const known = request.system.map(({ text }) => unframed(CUSTOMER_DATA, text)).find((found) => found !== undefined);
  return viewWith(known, request);
}

/** Name under which the offline plan of an assistant's conversations is found. */
export function conversationPlan(assistant: string): string {
  return `conversation of ${assistant}`;
}

function viewWith(params: Json | undefined, { messages, tools = [], toolChoice, outputSchema }: ProviderRequest): OfflineView {
  return {
    params: recordOf(params),
    messages: messages.flatMap((message) => ('text' in message ? [spoken(message)] : [])),
    results: resultsIn(messages),
    tools: toolChoice === 'none' ? [] : tools,
    ...(outputSchema === undefined ? {} : { outputSchema }),
  };
}

function spoken({ role, text }: Pick<TextMessage, 'role' | 'text'>): OfflineMessage {
  return role === 'user' ? { role, ...withoutSent(text) } : { role, text, sent: false };
}

/** The next call, if one is left that can be made. */
export function nextCall({ params, results, tools }: OfflineView): { readonly name: string; readonly input: Json } | undefined {
  const known = gatheredFacts(params, results);
  for (const { name, inputSchema } of tools) {
    if (results.some((result) => result.name === name)) continue;
    const input = inputFrom(inputSchema, known);
    if (input !== undefined) return { name, input };
  }
  return undefined;
}

/** The parameters, and what results say at their top. The first to say something is believed. */
export function gatheredFacts(params: Facts, results: readonly OfflineResult[]): Facts {
  const known = results.filter(({ ok }) => ok).map(({ name, value }) => ({ ...recordOf(value), [name]: value }));
  return Object.assign({}, ...known.toReversed(), params);
}

export function recordOf(value: Json | undefined): Facts {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? Object.fromEntries(Object.entries(value)) : {};
}

function inputFrom(schema: JsonSchema, known: Facts): Json | undefined {
  const properties = recordOf(schema.properties);
  const required = Array.isArray(schema.required) ? schema.required : [];
  const input: Record<string, Json> = {};
  for (const [name, property] of Object.entries(properties)) {
    const value = known[name];
    if (value !== undefined && fits(value, recordOf(property))) input[name] = value;
    else if (required.includes(name)) return undefined;
  }
  return input;
}

/** Whether a value has a schema's type. The tool itself validates more. */
export function fits(value: Json, schema: Facts): boolean {
  if (Array.isArray(schema.enum)) return schema.enum.includes(value);
  const types = [schema.type].flat();
  if (types[0] === undefined) return true;
  const type = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
  return types.includes(type) || (type === 'number' && Number.isInteger(value) && types.includes('integer'));
}

function resultsIn(messages: readonly ProviderMessage[]): OfflineResult[] {
  const names = new Map<string, string>();
  const results: OfflineResult[] = [];
  for (const block of messages.flatMap(blocksOf)) {
    if (block.type === 'tool_use') names.set(block.id, block.name);
    if (block.type !== 'tool_result') continue;
    results.push({ name: names.get(block.toolUseId) ?? '', ok: !block.isError, value: parsed(block.text) });
  }
  return results;
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
