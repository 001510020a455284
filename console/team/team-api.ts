/** Accounts over HTTP: the team as admins manage it, and the agent's own devices and password. */
import * as z from 'zod/mini';
import { type ApiRequest, allPages } from '../inbox/api-request.ts';
import { inOrder } from './in-order.ts';

const role = z.enum(['agent', 'supervisor', 'admin']);
export type Role = z.infer<typeof role>;
export const ROLES = role.options;

const member = z.object({
  id: z.string(),
  login: z.string(),
  name: z.string(),
  role,
  disabled: z.boolean(),
  signsInWith: z.enum(['password', 'identity', 'nothing']),
  skills: z.array(z.string()),
  /** Sessions that rules give the member at most. Null for the program's default. */
  capacity: z.nullable(z.number()),
  createdAt: z.number(),
  version: z.number(),
});
export type Member = z.infer<typeof member>;
const members = z.object({ agents: z.array(member), next: z.nullable(z.string()) });

/** Whether an agent is there, and the sessions that it holds and can hold. */
const status = z.object({
  id: z.string(),
  name: z.string(),
  online: z.boolean(),
  away: z.boolean(),
  capacity: z.number(),
  holds: z.number(),
});
export type AgentStatus = z.infer<typeof status>;
const statuses = z.object({ agents: z.array(status) });

/** What an admin changes of a member. */
export interface MemberChange {
  readonly role?: Role;
  readonly disabled?: boolean;
  readonly skills?: readonly string[];
  readonly capacity?: number | null;
}

const invitation = z.object({ id: z.string(), role, agentId: z.nullable(z.string()), expiresAt: z.number() });
export type OpenInvitation = z.infer<typeof invitation>;
const invitations = z.object({ invitations: z.array(invitation) });

const issued = z.object({ path: z.string(), expiresAt: z.number() });
/** `path` is the page that takes it. It can be used once. */
export type IssuedInvitation = z.infer<typeof issued>;

const device = z.object({
  id: z.string(),
  device: z.string(),
  network: z.string(),
  createdAt: z.number(),
  usedAt: z.number(),
  current: z.boolean(),
});
export type SignedInDevice = z.infer<typeof device>;
const devices = z.object({ signIns: z.array(device) });

/** Every call rejects with `ApiRefusal`, or with another error if the server cannot be reached. */
export interface TeamApi {
  members(): Promise<readonly Member[]>;
  /**
   * Resolves to the member after the change. Changes of one member are sent one after another, each
   * on top of the one before. A colleague's change in between is refused with `changed`.
   */
  change(before: Member, part: MemberChange): Promise<Member>;
  /** Of all agents who can sign in. */
  statuses(): Promise<readonly AgentStatus[]>;
  invite(what: { readonly role: Role } | { readonly agentId: string }): Promise<IssuedInvitation>;
  invitations(): Promise<readonly OpenInvitation[]>;
  withdraw(invitationId: string): Promise<void>;
  devices(): Promise<readonly SignedInDevice[]>;
  /** Without an id, all but this one. */
  endDevices(id?: string): Promise<void>;
  changePassword(current: string, next: string): Promise<void>;
}

export function teamApi(request: ApiRequest): TeamApi {
  const get = (path: string): Promise<unknown> => request('GET', path);
  return {
    members: () =>
      allPages(get, '/agents', (json) => {
        const { agents: items, next } = members.parse(json);
        return { items, next };
      }),
    change: inOrder(async ({ id, version }: Member, part: MemberChange) =>
      member.parse(await request('PATCH', `/agents/${encodeURIComponent(id)}`, { version, ...part })),
    ),
    statuses: async () => statuses.parse(await get('/agents/status')).agents,
    invite: async (what) => issued.parse(await request('POST', '/invitations', what)),
    invitations: async () => invitations.parse(await get('/invitations')).invitations,
    withdraw: async (id) => void (await request('DELETE', `/invitations/${encodeURIComponent(id)}`)),
    devices: async () => devices.parse(await get('/sign-ins')).signIns,
    endDevices: async (id) => void (await request('DELETE', `/sign-ins${id === undefined ? '' : `?signInId=${encodeURIComponent(id)}`}`)),
    changePassword: async (current, next) => void (await request('POST', '/account/password', { current, next })),
  };
}
