/** Operations on analysis sessions, which are the research of programs and other agents (A11). */
import { createHash, randomUUID } from 'node:crypto';
import * as z from 'zod';
import { ownerTag } from '#machines/analysis-session/definition.ts';
import { ANALYSIS_KINDS, QUERY_TYPES } from '#machines/analysis-session/events.ts';
import { DEFAULT_TTL_HOURS, MAX_QUERIES, MAX_TTL_HOURS } from '#machines/analysis-session/limits.ts';
import { ANALYSIS_SESSIONS, analysisAddress, analysisContext, analysisOwner, ownAnalysis } from './analysis-owner.ts';
import { analysisTurn, turnProblems } from './analysis-turn.ts';
import { analysisIdInput, analysisSchema, analysisView, numberedQuerySchema, queryView } from './analysis-view.ts';
import { idempotencyKeyInput } from './idempotency-key.ts';
import { defineOperation } from './operation.ts';
import { pageInput, pageOutput, wholeNumber } from './paging.ts';
import { problemTypes } from './problems.ts';

const target = ({ sessionId }: { readonly sessionId: string }): string => sessionId;
const { notFound } = problemTypes;

export const createAnalysis = defineOperation({
  name: 'analysis_sessions.create',
  scope: 'analysis:write',
  effect: 'write',
  summary: `Creates an analysis session, which records up to ${MAX_QUERIES} queries until it expires.`,
  input: z.strictObject({
    kind: z.enum(ANALYSIS_KINDS).default('equity').describe('What it is about.'),
    title: z.string().trim().min(1).max(200).exactOptional().describe('For people who read the list.'),
    ttlHours: wholeNumber(1, MAX_TTL_HOURS).default(DEFAULT_TTL_HOURS).describe('Hours until it expires.'),
    idempotencyKey: idempotencyKeyInput.exactOptional().describe('The same key again leads to the same session.'),
  }),
  output: analysisSchema,
  errors: [notFound],
  detail: ({ kind, ttlHours }) => `${kind}, ${ttlHours} h`,
  async run(context, { kind, title = null, ttlHours, idempotencyKey }) {
    const { actors, caller, now } = context;
    const owner = analysisOwner(caller);
    const id = idempotencyKey === undefined ? randomUUID() : createHash('sha256').update(idempotencyKey).digest('hex');
    const to = { address: analysisAddress(owner, id), assistant: ANALYSIS_SESSIONS, input: { owner, kind, title, ttlHours } };
    const { sessionId } = await actors.deliver(to, { type: 'begin', at: now() }, { eventId: `mcp:${id}` });
    return analysisView(await ownAnalysis(context, sessionId), now());
  },
});

export const getAnalysis = defineOperation({
  name: 'analysis_sessions.get',
  scope: 'analysis:read',
  effect: 'read',
  summary: 'Reads an analysis session with its last queries.',
  input: z.strictObject({ sessionId: analysisIdInput }),
  output: analysisSchema.extend({ recent: z.array(numberedQuerySchema).describe('The last queries, oldest first.') }),
  errors: [notFound],
  target,
  async run(context, { sessionId }) {
    const session = await ownAnalysis(context, sessionId);
    return { ...analysisView(session, context.now()), recent: session.context.recent.map(queryView) };
  },
});

export const listAnalyses = defineOperation({
  name: 'analysis_sessions.list',
  scope: 'analysis:read',
  effect: 'read',
  summary: "Lists the caller's own analysis sessions, newest first.",
  input: z.strictObject({
    open: z.boolean('expected true or false').exactOptional().describe('Only those that are open, or that are not.'),
    ...pageInput({ mostItems: 100, items: 20 }),
  }),
  output: z.strictObject({ sessions: z.array(analysisSchema), ...pageOutput }),
  async run({ store, caller, now }, { limit, cursor, open }) {
    const mine = { assistant: ANALYSIS_SESSIONS, tag: ownerTag(analysisOwner(caller)), ...(open === undefined ? {} : { open }) };
    const { items, next } = await store.sessions(mine, limit, cursor);
    return { sessions: items.map((row) => analysisView({ row, context: analysisContext(row) }, now())), next };
  },
});

export const extendAnalysis = defineOperation({
  name: 'analysis_sessions.extend',
  scope: 'analysis:write',
  effect: 'write',
  summary: `Extends an analysis session, up to ${MAX_TTL_HOURS} hours after its creation.`,
  input: z.strictObject({
    sessionId: analysisIdInput,
    hours: wholeNumber(1, MAX_TTL_HOURS).default(DEFAULT_TTL_HOURS).describe('Hours that are added.'),
    idempotencyKey: idempotencyKeyInput.exactOptional().describe('The same key again adds nothing more.'),
  }),
  output: analysisSchema,
  errors: [notFound, ...turnProblems],
  target,
  detail: ({ hours }) => `${hours} h`,
  async run(context, { sessionId, hours, idempotencyKey }) {
    const session = await ownAnalysis(context, sessionId);
    await analysisTurn(context, session, { type: 'extend', at: context.now(), hours }, idempotencyKey);
    return analysisView(await ownAnalysis(context, sessionId), context.now());
  },
});

/** Symbols that the analytics name. */
const TOP = 20;

export const analyseAnalysis = defineOperation({
  name: 'analysis_sessions.analytics',
  scope: 'analysis:read',
  effect: 'read',
  summary: 'Counts the queries of an analysis session, by type and by symbol, with cache hits and times.',
  input: z.strictObject({ sessionId: analysisIdInput }),
  output: analysisSchema.extend({
    cacheHits: z.number(),
    cacheHitRate: z.number().nullable().describe('From 0 to 1. Null without queries.'),
    failures: z.number().describe('Queries that found nothing.'),
    averageMs: z.number().nullable().describe('Mean time of a query in milliseconds. Null without queries.'),
    byType: z.strictObject(Object.fromEntries(QUERY_TYPES.map((type) => [type, z.number()]))),
    symbols: z.number().describe('Different symbols.'),
    top: z.array(z.strictObject({ symbol: z.string(), queries: z.number() })).describe(`The ${TOP} most frequent symbols.`),
  }),
  errors: [notFound],
  target,
  async run(context, { sessionId }) {
    const session = await ownAnalysis(context, sessionId);
    const { queries, cacheHits, failures, durationMs, byType, bySubject } = session.context;
    const counts = bySubject.map(([symbol, count]) => ({ symbol, queries: count }));
    return {
      ...analysisView(session, context.now()),
      cacheHits,
      cacheHitRate: queries === 0 ? null : cacheHits / queries,
      failures,
      averageMs: queries === 0 ? null : Math.round((durationMs / queries) * 10) / 10,
      byType,
      symbols: counts.length,
      top: counts.toSorted((a, b) => b.queries - a.queries || (a.symbol < b.symbol ? -1 : 1)).slice(0, TOP),
    };
  },
});
