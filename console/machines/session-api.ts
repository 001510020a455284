/** What the pages of a session read and change over HTTP. */
import * as z from 'zod/mini';
import type { MachineGraph } from '#machines/graph.ts';
import type { ApiRequest } from '../inbox/api-request.ts';
import { graphSchema } from './graph-schema.ts';

const json = z.json();
export type Json = z.infer<typeof json>;

const change = z.object({ path: z.string(), before: z.exactOptional(json), after: z.exactOptional(json) });

const result = {
  ignored: z.optional(z.string()),
  refused: z.optional(z.object({ code: z.string(), message: z.string() })),
  parked: z.optional(z.string()),
};

const entry = z.object({
  seq: z.number(),
  at: z.number(),
  kind: z.string(),
  lane: z.enum(['customer', 'assistant', 'agent', 'timers', 'runs', 'effects', 'machine']),
  author: z.nullable(z.string()),
  text: z.nullable(z.string()),
  event: z.optional(z.string()),
  about: z.optional(z.string()),
  moved: z.boolean(),
  ...result,
  serial: z.optional(z.number()),
  instance: z.optional(z.string()),
  delivery: z.nullable(z.object({ status: z.string(), at: z.number() })),
});
export type TimelineEntry = z.infer<typeof entry>;

const timeline = z.object({
  session: z.object({
    id: z.string(),
    address: z.string(),
    assistant: z.string(),
    version: z.number(),
    state: z.string(),
    machine: z.object({ id: z.string(), version: z.number() }),
  }),
  entries: z.array(entry),
  next: z.nullable(z.number()),
  redacted: z.boolean(),
});
export type TimelinePage = z.infer<typeof timeline>;

const shape = {
  status: z.string(),
  value: json,
  activeStates: z.array(z.string()),
  context: json,
  timers: z.array(z.object({ serial: z.number(), id: z.string(), due: z.number() })),
};

const moment = z.object({
  seq: z.number(),
  machine: z.object({ id: z.string(), version: z.number() }),
  ...shape,
  changes: z.array(change),
  entered: z.array(z.string()),
  exited: z.array(z.string()),
  cause: z.object({
    kind: z.string(),
    at: z.number(),
    author: z.nullable(z.string()),
    text: z.nullable(z.string()),
    event: z.optional(json),
    ...result,
    instance: z.optional(z.string()),
    follows: z.nullable(z.number()),
  }),
  run: z.nullable(z.object({ serial: z.number(), id: z.string(), input: json, seq: z.number(), at: z.number() })),
  started: z.array(z.object({ serial: z.number(), id: z.string(), input: json })),
  actions: z.array(z.object({ serial: z.number(), type: z.string(), params: json })),
  prompt: z.nullable(
    z.object({ system: z.array(z.object({ text: z.string() })), messages: z.array(z.object({ role: z.string(), text: z.string() })) }),
  ),
  redacted: z.boolean(),
});
export type Moment = z.infer<typeof moment>;

const sandbox = z.object({
  id: z.string(),
  version: z.number(),
  expiresAt: z.number(),
  forkOf: z.nullable(z.object({ sessionId: z.string(), seq: z.number() })),
  now: z.number(),
  open: z.boolean(),
  state: z.string(),
  machine: z.object({ id: z.string(), version: z.number() }),
  ...shape,
  assistant: z.string(),
  invocations: z.array(
    z.object({
      serial: z.number(),
      id: z.string(),
      input: json,
      givesOutput: z.boolean(),
      models: z.array(z.enum(['offline', 'real'])),
    }),
  ),
  effects: z.array(z.object({ serial: z.number(), type: z.string(), params: json, pending: z.boolean() })),
  guards: z.array(z.object({ name: z.string(), forced: z.nullable(z.boolean()) })),
  entries: z.array(z.object({ seq: z.number(), kind: z.string(), text: z.nullable(z.string()), ...result })),
  steps: z.array(json),
  events: z.optional(json),
  changes: z.optional(z.array(change)),
  results: z.optional(z.array(z.object(result))),
  redacted: z.boolean(),
});
export type SandboxState = z.infer<typeof sandbox>;

const saved = z.object({ name: z.string(), text: z.string() });
const link = z.object({ id: z.string(), path: z.string(), expiresAt: z.number() });
export type SharedLink = z.infer<typeof link>;

export interface SessionApi {
  timeline(sessionId: string, after: number): Promise<TimelinePage>;
  /** The last moment, as the session is now. */
  latest(sessionId: string): Promise<Moment>;
  moment(sessionId: string, seq: number): Promise<Moment>;
  graphOf(sessionId: string): Promise<MachineGraph>;
  fork(sessionId: string, seq: number): Promise<SandboxState>;
  sandbox(id: string): Promise<SandboxState>;
  play(state: Pick<SandboxState, 'id' | 'version'>, step: object): Promise<SandboxState>;
  run(state: Pick<SandboxState, 'id' | 'version'>, serial: number, model: 'offline' | 'real'): Promise<SandboxState>;
  save(id: string, title: string): Promise<{ readonly name: string; readonly text: string }>;
  end(id: string): Promise<void>;
  /** A sandbox of a machine's beginning. Without input, if the machine needs none. */
  begin(machine: { readonly id: string; readonly version: number }, assistant: string, input?: object): Promise<SandboxState>;
  /** A link that shows a session up to the step, without personal data. */
  share(sessionId: string, seq: number): Promise<SharedLink>;
  unshare(linkId: string): Promise<void>;
}

export function sessionApi(request: ApiRequest): SessionApi {
  const of = (id: string): string => encodeURIComponent(id);
  return {
    timeline: async (id, after) => timeline.parse(await request('GET', `/sessions/${of(id)}/timeline?after=${after}&limit=1000`)),
    latest: async (id) => moment.parse(await request('GET', `/sessions/${of(id)}/replay`)),
    moment: async (id, seq) => moment.parse(await request('GET', `/sessions/${of(id)}/replay?seq=${seq}`)),
    graphOf: async (id) => graphSchema.parse(await request('GET', `/sessions/${of(id)}/machine`)),
    fork: async (id, seq) => sandbox.parse(await request('POST', `/sessions/${of(id)}/fork`, { seq })),
    sandbox: async (id) => sandbox.parse(await request('GET', `/sandboxes/${of(id)}`)),
    play: async ({ id, version }, step) => sandbox.parse(await request('POST', `/sandboxes/${of(id)}/steps`, { version, steps: [step] })),
    run: async ({ id, version }, serial, model) =>
      sandbox.parse(await request('POST', `/sandboxes/${of(id)}/runs`, { version, serial, model })),
    save: async (id, title) => saved.parse(await request('GET', `/sandboxes/${of(id)}/test?title=${encodeURIComponent(title)}`)),
    end: async (id) => void (await request('DELETE', `/sandboxes/${of(id)}`)),
    begin: async ({ id, version }, assistant, input) =>
      sandbox.parse(
        await request('POST', `/machines/${of(id)}/sandbox`, { version, assistant, ...(input === undefined ? {} : { input }) }),
      ),
    share: async (id, seq) => link.parse(await request('POST', `/sessions/${of(id)}/share-links`, { seq })),
    unshare: async (id) => void (await request('DELETE', `/share-links/${of(id)}`)),
  };
}
