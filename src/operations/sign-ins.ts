/** The devices on which agents are signed in. */
import * as z from 'zod';
import type { SignIn } from '#storage/sign-ins.ts';
import { noSuchAgent } from './agents.ts';
import type { OperationContext } from './context.ts';
import { defineOperation } from './operation.ts';
import { OperationProblem, problemTypes } from './problems.ts';

const { notFound } = problemTypes;

const agentId = z.string().min(1).max(100).optional().describe('Of another agent, for admins. Left out: your own.');

const signInView = z.strictObject({
  id: z.string(),
  device: z.string(),
  network: z.string().describe('Network address of the last use.'),
  createdAt: z.number(),
  usedAt: z.number(),
  expiresAt: z.number(),
  current: z.boolean().describe('The one that sent this request.'),
});

export const listSignIns = defineOperation({
  name: 'sign_ins.list',
  scope: 'account:own',
  effect: 'read',
  summary: 'Lists the devices on which an agent is signed in, the last used first.',
  input: z.strictObject({ agentId }),
  output: z.strictObject({ signIns: z.array(signInView) }),
  errors: [notFound],
  target: (input) => input.agentId,
  async run(context, input) {
    const { signIns, now, caller } = context;
    const found = await signIns.signIns(await managedAgent(context, input.agentId), now());
    return { signIns: found.map((one) => ({ ...view(one), current: one.id === caller.signInId })) };
  },
});

export const endSignIns = defineOperation({
  name: 'sign_ins.end',
  scope: 'account:own',
  effect: 'write',
  summary: 'Ends one sign-in of an agent, or all of them but the one that sends the request.',
  input: z.strictObject({ agentId, signInId: z.string().min(1).max(100).optional() }),
  output: z.strictObject({ ended: z.number() }),
  errors: [notFound],
  target: (input) => input.signInId ?? input.agentId,
  async run(context, { agentId: named, signInId }) {
    const { signIns, now, caller } = context;
    const owner = await managedAgent(context, named);
    if (signInId === undefined) {
      const except = caller.signInId === undefined ? {} : { except: caller.signInId };
      return { ended: await signIns.endSignIns({ agentId: owner, ...except }) };
    }
    // Of another agent it is as if it did not exist.
    const mine = (await signIns.signIns(owner, now())).some(({ id }) => id === signInId);
    return { ended: mine ? await signIns.endSignIns({ id: signInId }) : 0 };
  },
});

/** The agent whose sign-ins are meant. Only a caller that manages agents can name another one. */
async function managedAgent({ agents, caller }: OperationContext, named: string | undefined): Promise<string> {
  if (named === undefined || named === caller.agent.id) return caller.agent.id;
  if (!caller.scopes.has('agents:write'))
    throw new OperationProblem(problemTypes.forbidden, 'Only an admin can see and end the sign-ins of another agent.');
  if ((await agents.agent({ id: named })) === undefined) throw noSuchAgent(named);
  return named;
}

function view({ id, device, network, createdAt, usedAt, expiresAt }: SignIn) {
  return { id, device, network, createdAt, usedAt, expiresAt };
}
