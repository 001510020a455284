/** The accounts of agents, which admins manage, and what an agent changes of its own. */
import * as z from 'zod';
import { MAX_SEQ } from '#machines/ids.ts';
import { type AgentAccount, agentAccountSchema, loginForm, skillSchema } from '#storage/agents.ts';
import { ROLES } from '#storage/approvals.ts';
import type { OperationContext } from './context.ts';
import { defineOperation } from './operation.ts';
import { pageInput, pageOutput, wholeNumber } from './paging.ts';
import { OperationProblem, problemTypes } from './problems.ts';

const { notFound, taken, changed, lastAdmin, wrongPassword } = problemTypes;

const role = z.enum(ROLES);
const agentId = z.string().min(1).max(100).describe("An agent's id.");

const agentSchema = z.strictObject({
  id: z.string(),
  login: z.string(),
  name: z.string(),
  role,
  disabled: z.boolean().describe('Cannot sign in.'),
  signsInWith: z.enum(['password', 'identity', 'nothing']).describe('`nothing`: the invitation is not used yet.'),
  skills: z.array(z.string()).describe('What the agent knows. A queue may need some of it.'),
  capacity: z.number().nullable().describe("Sessions that rules give the agent at most. Null for the program's default."),
  createdAt: z.number(),
  version: z.number().describe('Send it with a change, so that nothing is overwritten that you have not seen.'),
});

export const listAgents = defineOperation({
  name: 'agents.list',
  scope: 'agents:read',
  effect: 'read',
  summary: 'Lists the agents by login.',
  input: z.strictObject(pageInput({ mostItems: 200, items: 100 })),
  output: z.strictObject({ agents: z.array(agentSchema), ...pageOutput }),
  async run({ agents }, { limit, cursor }) {
    const { items, next } = await agents.agents(limit, cursor);
    return { agents: items.map(agentView), next };
  },
});

export const updateAgent = defineOperation({
  name: 'agents.update',
  scope: 'agents:write',
  effect: 'write',
  summary: 'Changes the name, login, role, skills or capacity of an agent, or disables it. Its sign-ins end if it is disabled.',
  input: z.strictObject({
    agentId,
    version: wholeNumber(1, MAX_SEQ).describe('The version that the change was made on.'),
    name: agentAccountSchema.shape.name.optional(),
    login: agentAccountSchema.shape.login
      .regex(/^\S+$/, 'expected a login without spaces')
      .refine((text) => loginForm(text) !== '', 'expected a login that people can see')
      .optional(),
    role: role.optional(),
    disabled: z.boolean().optional(),
    skills: z.array(skillSchema).max(50).optional(),
    capacity: z.int().min(0).max(1_000).nullable().optional().describe("Null for the program's default."),
  }),
  output: agentSchema,
  errors: [notFound, taken, changed, lastAdmin],
  target: (input) => input.agentId,
  detail: ({ role: given, disabled, login, name, skills, capacity }) =>
    Object.entries({ role: given, disabled, login, name, skills: skills?.join(' '), capacity })
      .flatMap(([field, value]) => (value === undefined ? [] : [`${field}: ${value}`]))
      .join(', ') || undefined,
  async run(context, { agentId: id, version, login, ...changes }) {
    const before = await existingAgent(context, id);
    if (before.version !== version) throw changedMeanwhile();
    const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
    const after: AgentAccount = { ...before, ...given, ...(login === undefined ? {} : { login: loginForm(login) }), version: version + 1 };
    const wasAdmin = before.role === 'admin' && !before.disabled;
    const isAdmin = after.role === 'admin' && !after.disabled;
    if (wasAdmin && !isAdmin && !(await hasOtherAdmin(context, id)))
      throw new OperationProblem(lastAdmin, 'This is the last admin. Make another agent an admin first.');
    const written = await context.agents.putAgent(after);
    if (written === 'taken') throw new OperationProblem(taken, 'Another agent has this login. Choose another one.');
    if (written !== 'stored') throw changedMeanwhile();
    if (wasAdmin && !isAdmin && !(await hasOtherAdmin(context, id))) {
      // Two admins demoted each other at the same time. Each of the two undoes its change.
      await context.agents.putAgent({ ...before, version: after.version + 1 });
      throw new OperationProblem(lastAdmin, 'This is the last admin by now. Make another agent an admin first.');
    }
    if (after.disabled) await context.signIns.endSignIns({ agentId: id });
    return agentView(after);
  },
});

export const inviteAgent = defineOperation({
  name: 'agents.invite',
  scope: 'agents:write',
  effect: 'write',
  secret: true,
  summary: 'Makes an invitation, with which one person makes an account of the role, or one agent sets a new password.',
  input: z.strictObject({
    role: role.default('agent').describe('Of the new account.'),
    agentId: agentId.optional().describe('The existing agent that sets a new password. `role` is ignored then.'),
  }),
  output: z.strictObject({
    token: z.string().describe('Shown once. It can be used once, until it expires.'),
    path: z.string().describe('The page that takes it, below the public URL of the program.'),
    expiresAt: z.number(),
  }),
  errors: [notFound],
  target: (input) => input.agentId,
  detail: (input) => (input.agentId === undefined ? `role: ${input.role}` : undefined),
  async run(context, { role: given, agentId: id }) {
    const existing = id === undefined ? undefined : await existingAgent(context, id);
    const by = context.caller.agent.id;
    return context.agentAccess.invite({ role: existing?.role ?? given, agentId: existing?.id ?? null, invitedBy: by });
  },
});

const MOST_INVITATIONS = 500;

export const listInvitations = defineOperation({
  name: 'invitations.list',
  scope: 'agents:write',
  effect: 'read',
  summary: `Lists the invitations that can be used, the first to expire first, at most ${MOST_INVITATIONS}.`,
  input: z.strictObject({}),
  output: z.strictObject({
    invitations: z.array(
      z.strictObject({
        id: z.string().describe('Withdraws it. It cannot be used to join.'),
        role: role.describe('Of the new account. Unused if `agentId` is not null.'),
        agentId: z.string().nullable().describe('The existing agent that sets a new password.'),
        invitedBy: z.string().nullable().describe('Null for the invitation of the first start.'),
        expiresAt: z.number(),
      }),
    ),
  }),
  async run({ agents, now }) {
    const found = await agents.invitations(now(), MOST_INVITATIONS);
    return { invitations: found.map(({ digest: id, ...rest }) => ({ id, ...rest })) };
  },
});

export const withdrawInvitation = defineOperation({
  name: 'invitations.withdraw',
  scope: 'agents:write',
  effect: 'write',
  summary: 'Withdraws an invitation, so that it can no longer be used.',
  input: z.strictObject({ invitationId: z.string().min(1).max(100).describe('Its `id` in the list.') }),
  output: z.strictObject({}),
  errors: [notFound],
  target: (input) => input.invitationId,
  async run({ agents }, { invitationId }) {
    if (await agents.withdrawInvitation(invitationId)) return {};
    throw new OperationProblem(notFound, 'There is no such invitation. It was used, withdrawn or has expired.');
  },
});

export const changePassword = defineOperation({
  name: 'account.change_password',
  scope: 'account:own',
  effect: 'write',
  secret: true,
  summary: 'Changes your own password. All your other sign-ins end.',
  input: z.strictObject({ current: z.string().max(1_000), next: z.string().max(1_000) }),
  output: z.strictObject({}),
  errors: [notFound, wrongPassword, changed],
  async run({ agentAccess, caller }, { current, next }) {
    const outcome = await agentAccess.changePassword(caller, current, next);
    if (outcome === 'wrong password') throw new OperationProblem(wrongPassword, 'The current password is wrong.');
    if (outcome === 'no account') throw noSuchAgent(caller.agent.id);
    if (outcome === 'conflict') throw changedMeanwhile();
    return {};
  },
});

function agentView({ id, login, name, role: own, disabled, passwordHash, identity, createdAt, version, skills, capacity }: AgentAccount) {
  const signsInWith = passwordHash !== null ? 'password' : identity !== null ? 'identity' : 'nothing';
  return { id, login, name, role: own, disabled, signsInWith, createdAt, version, skills: [...skills], capacity } as const;
}

async function existingAgent({ agents }: OperationContext, id: string): Promise<AgentAccount> {
  const account = await agents.agent({ id });
  if (account === undefined) throw noSuchAgent(id);
  return account;
}

export function noSuchAgent(id: string): OperationProblem {
  return new OperationProblem(notFound, `There is no agent "${id.slice(0, 80)}". GET /api/agents lists the ones there are.`);
}

function changedMeanwhile(): OperationProblem {
  return new OperationProblem(changed, 'The account was changed meanwhile. Read it again, and send your change with its new version.');
}

async function hasOtherAdmin({ agents }: OperationContext, id: string): Promise<boolean> {
  let cursor: string | null | undefined;
  do {
    const page = await agents.agents(200, cursor ?? undefined);
    if (page.items.some((one) => one.id !== id && one.role === 'admin' && !one.disabled)) return true;
    cursor = page.next;
  } while (cursor !== null);
  return false;
}
