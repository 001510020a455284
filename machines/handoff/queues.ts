/**
 * Queues. What an operator says of them in one JSON object, and what follows for each. Fields that
 * a queue leaves out are those of the default queue, in which every session waits that names none.
 */
import * as z from 'zod';
import type { PolicySettings } from '../session/policy.ts';
import { policySchema } from '../session/policy.ts';
import { type AssignmentPolicy, assignmentPolicy } from './assignment.ts';
import { type Schedule, scheduleSchema } from './business-hours.ts';
import type { SlaPolicy } from './sla.ts';

const MINUTE = 60_000;
/** A year. */
const MOST_MINUTES = 525_600;

const skill = z.string().min(1).max(50);
const minutes = z.number('expected minutes').positive('expected more than 0 minutes').max(MOST_MINUTES);

const targets = z.strictObject({ firstResponse: minutes, nextResponse: minutes, resolution: minutes }).partial();

/** Targets in minutes of open time, by the priority of the session. */
const serviceLevels = z.strictObject({
  targets: z.partialRecord(z.enum(['low', 'normal', 'high', 'urgent']), targets),
  /** Share of a target after which it is due soon. Default 0.8. */
  soonAfter: z.number().positive().max(1).default(0.8),
  /** Whether an answer of the bot is a response. Default true. */
  botResponds: z.boolean().default(true),
});

const { agentWaitMinutes, agentWait, returnMinutes } = policySchema.shape;

const queueSchema = z
  .strictObject({
    /** Skills that an agent needs to get a session of the queue by a rule. */
    skills: z.array(skill).max(20),
    /** When its agents are there. `null` is always. Default: STATECHAT_BUSINESS_HOURS. */
    hours: scheduleSchema.nullable(),
    /** Default manual. */
    assignment: assignmentPolicy,
    serviceLevels: serviceLevels.nullable(),
    /** Minutes that an agent has for an answer. 0 for ever. */
    returnMinutes,
    /** Minutes until `agentWait` applies to a customer who waits. */
    agentWaitMinutes,
    agentWait,
  })
  .partial();

const queueName = z
  .string()
  .regex(/^[\p{L}\p{N}][\p{L}\p{N} _.-]{0,63}$/u, 'expected a name of 1 to 64 letters, digits, spaces, "_", "." and "-"');

/** Each queue adds to the stored sessions, so there is a bound. */
const MOST_QUEUES = 50;

export const queuesSchema = z
  .strictObject({
    default: queueSchema.default({}),
    queues: z.record(queueName, queueSchema).default({}),
  })
  .refine(({ queues }) => Object.keys(queues).length <= MOST_QUEUES, `expected at most ${MOST_QUEUES} queues`);
export type QueuesInput = z.output<typeof queuesSchema>;

export interface Queue {
  /** Null for the default queue. */
  readonly name: string | null;
  readonly skills: readonly string[];
  /** Undefined for the business hours of the program. */
  readonly hours: Schedule | null | undefined;
  readonly assignment: AssignmentPolicy;
  /** Null without targets. */
  readonly serviceLevels: SlaPolicy | null;
}

export interface Queues {
  /** The default queue for null, and for a name that is not configured. */
  readonly of: (name: string | null) => Queue;
  /** The default queue first. */
  readonly all: readonly Queue[];
  /** What the session machine has to know of them. */
  readonly policy: PolicySettings;
}

export function queuesOf(input: QueuesInput): Queues {
  const defaults = input.default;
  const queueOf = (name: string | null, given: QueuesInput['default']): Queue => {
    const { skills = [], hours, assignment = { method: 'manual' }, serviceLevels = null } = { ...defaults, ...given };
    return { name, skills, hours, assignment, serviceLevels: serviceLevels === null ? null : inMilliseconds(serviceLevels) };
  };
  const unnamed = queueOf(null, {});
  const named = new Map(Object.entries(input.queues).map(([name, given]) => [name, queueOf(name, given)]));
  const terms = Object.entries(input.queues).map(([name, given]) => [name, termsOf(given)] as const);
  const own = terms.filter(([, given]) => Object.keys(given).length > 0);
  return {
    of: (name) => (name === null ? unnamed : (named.get(name) ?? unnamed)),
    all: [unnamed, ...named.values()],
    policy: { ...termsOf(defaults), ...(own.length === 0 ? {} : { queues: Object.fromEntries(own) }) },
  };
}

/** Without any, there is the default queue alone, whose agents claim sessions. */
export const NO_QUEUES: QueuesInput = queuesSchema.parse({});

type Terms = Pick<PolicySettings, 'returnMinutes' | 'agentWaitMinutes' | 'agentWait'>;

function termsOf({ returnMinutes, agentWaitMinutes, agentWait }: QueuesInput['default']): Terms {
  return {
    ...(returnMinutes === undefined ? {} : { returnMinutes }),
    ...(agentWaitMinutes === undefined ? {} : { agentWaitMinutes }),
    ...(agentWait === undefined ? {} : { agentWait }),
  };
}

type ServiceLevels = z.output<typeof serviceLevels>;

function inMilliseconds({ targets: given, ...rest }: ServiceLevels): SlaPolicy {
  const ms = (limit: number | undefined): number | undefined => (limit === undefined ? undefined : Math.ceil(limit * MINUTE));
  const entries = Object.entries(given).map(([priority, limits]) => {
    const { firstResponse, nextResponse, resolution } = limits ?? {};
    return [priority, { firstResponse: ms(firstResponse), nextResponse: ms(nextResponse), resolution: ms(resolution) }];
  });
  return { ...rest, targets: Object.fromEntries(entries) };
}
