/**
 * Every key in Redis is built here and nowhere else. Lua receives whole keys, and reads others from
 * the indexes, whose members are keys. The keys of an address are in its partition (partitions.ts).
 */
import { type Address, parseAddress, parseSessionId, type SessionId } from '#machines/ids.ts';
import { partitionOf, tagOf } from '#storage/redis/partitions.ts';

/**
 * Half of a surrogate pair, which UTF-8 cannot hold, must not become the same character as another.
 */
function exact(text: string): string {
  return text.isWellFormed() ? text : JSON.stringify(text);
}

export interface AddressKeys {
  /** Sorted set of the address's sessions' row keys, by ordinal. */
  readonly chain: string;
  /** Sorted set of the address's pending work of lane, by (ordinal, session, serial). */
  readonly lane: string;
}

export function addressKeys(address: string): AddressKeys {
  const tag = tagOf(partitionOf(address));
  return { chain: `chain:${tag}:${exact(address)}`, lane: `lane:${tag}:${exact(address)}` };
}

/**
 * Where the sessions of an address are kept. Keys of stored sessions cannot move to another slot,
 * so they keep the name of their first address, their home, for ever. Later addresses lead to it.
 * The key is a hash in the slot of its own address. These are its fields.
 *
 * - `to` is the home that this address leads to. Without it, the address is a home itself.
 * - `now` is the address of what is kept under this home. Without it, that is the home's own.
 * - `gone` means that another home is now the one of that address, and no session is opened here.
 */
export function homeKey(address: string): string {
  return `home:${tagOf(partitionOf(address))}:${exact(address)}`;
}

/**
 * Sets in the slot of a home. `linked` has the addresses that lead to it. `joined` has other homes
 * whose sessions were earlier ones of the same address.
 */
export function homeSetKeys(home: Address): { readonly linked: string; readonly joined: string } {
  const rest = `${tagOf(partitionOf(home))}:${exact(home)}`;
  return { linked: `linked:${rest}`, joined: `joined:${rest}` };
}

export interface SessionKeys {
  /** Hash with the row. */
  readonly row: string;
  /** List of its entries, as JSON. */
  readonly journal: string;
  /** Hash from seq to delivery mark. */
  readonly marks: string;
  /** Hash from event id to seq. */
  readonly events: string;
  /** List of the settings and liftings of its hold, as JSON. */
  readonly holds: string;
  /** Hash of the files and their parts (files.ts). */
  readonly files: string;
}

export function sessionKeys(address: Address, id: SessionId): SessionKeys {
  const rest = `${tagOf(partitionOf(address))}:${exact(address)}:${id}`;
  return {
    row: `session:${rest}`,
    journal: `journal:${rest}`,
    marks: `marks:${rest}`,
    events: `events:${rest}`,
    holds: `holds:${rest}`,
    files: `files:${rest}`,
  };
}

/** A row key ends with its session's id. */
const ID_LENGTH = 36;

export function idOfRow(row: string): SessionId {
  return parseSessionId(row.slice(-ID_LENGTH));
}

/** Members of the listings. They sort by id, newest last, and name the row. */
export function listingMember(row: string): string {
  return row.slice(-ID_LENGTH) + row;
}

export function rowOfMember(member: string): string {
  return member.slice(ID_LENGTH);
}

/** Hash of one work item. Keys of one session sort by serial. */
export function workKey(address: Address, id: SessionId, serial: number): string {
  return `work:${tagOf(partitionOf(address))}:${id}.${String(serial).padStart(10, '0')}`;
}

const ROW_FORM = /^session:\{\d+\}:(.*):[^:]+$/su;

/** The home that a member of a listing names. */
export function homeOfMember(member: string): Address {
  return parseAddress(ROW_FORM.exec(rowOfMember(member))?.[1] ?? '');
}

export interface PartitionKeys {
  /** Sorted set of row keys, by wakeAt. */
  readonly due: string;
  /** Sorted set of work keys, by the time from which any instance may take them. */
  readonly free: string;
  /** Sorted sets of listing members, for every session and for the open ones. */
  readonly all: string;
  readonly open: string;
  /**
   * Sorted sets of row keys of closed sessions by closing time, for those that a retention may
   * delete and for those under a hold.
   */
  readonly closed: string;
  readonly held: string;
  /** Hash from machine, version and state to the number of open sessions. */
  readonly counts: string;
  /** Hash from row key to the version of its last turn that is not in the roll-ups. */
  readonly marks: string;
}

export function partitionKeys(partition: number): PartitionKeys {
  const tag = tagOf(partition);
  return {
    due: `due:${tag}`,
    free: `free:${tag}`,
    all: `sessions:${tag}`,
    open: `open:${tag}`,
    closed: `closed:${tag}`,
    held: `held:${tag}`,
    counts: `counts:${tag}`,
    marks: `rollup-marks:${tag}`,
  };
}

/** Address of a session. Written before the session, never changed. In a slot of its own. */
export function whereKey(id: SessionId): string {
  return `where:{${id}}`;
}

export function encodeWhere(address: Address): string {
  return JSON.stringify(address);
}

export function decodeWhere(text: unknown): Address | undefined {
  return typeof text === 'string' ? parseAddress(String(JSON.parse(text))) : undefined;
}

export function settingKey(name: string): string {
  return `setting:${exact(name)}`;
}

/**
 * Dead letters, as a counter, a sorted set of their names by number, a hash from name to document,
 * and a sorted set of names by time of receipt.
 */
export const DEAD_LETTER_KEYS = ['number', 'order', 'documents', 'received'].map((part) => `rejected-${part}:{rejected}`);

export function leaseKey(name: string): string {
  return `lease:${exact(name)}`;
}

/**
 * Hot copy of an open session beside PostgreSQL (storage/tiered). No key of the store in Redis has
 * this form.
 */
export function hotKey(address: Address): string {
  return `session:{${exact(address)}}`;
}

/** Stream of what is being written at an address (exchange.ts). */
export function liveKey(address: Address): string {
  return `live:{${exact(address)}}`;
}

/**
 * Slots of a limit in use (limits.ts). All limits of one scope are in one slot of a cluster,
 * because they are taken together.
 */
export function slotsKey(scope: string, limit: string): string {
  return `limit:{${exact(scope)}}:${exact(limit)}`;
}

/** Counter of a window (limits.ts). */
export function countKey(scope: string, key: string): string {
  return `count:${exact(scope)}:{${exact(key)}}`;
}

/**
 * Ledger (ledger.ts). A reservation counts in accounts of one book, so a book is in one slot of a
 * cluster. Each of its reservations changes the book's own account anyhow.
 */
export function reservationKey(book: string, id: string): string {
  return `reservation:{${exact(book)}}:${exact(id)}`;
}

export interface AccountKeys {
  /** Hash with what was spent and what is held. */
  readonly account: string;
  /** Sorted set of what holds, by when it lapses. */
  readonly live: string;
}

export function accountKeys(book: string, account: string): AccountKeys {
  const rest = `{${exact(book)}}:${exact(account)}`;
  return { account: `account:${rest}`, live: `held-by:${rest}` };
}

/** The book and the name of an account by its key. */
export function ledgerAccountOf(key: string): { readonly book: string; readonly account: string } {
  const [, book = '', account = ''] = /^account:\{([^}]*)\}:(.*)$/su.exec(key) ?? [];
  return { book, account };
}

/** The approvals (approvals.ts). */
export function approvalKey(id: string): string {
  return `approval:{approvals}:${exact(id)}`;
}

/** Sorted set of the keys of open approvals by number, and the last number. */
export const OPEN_APPROVALS_KEY = 'approvals-open:{approvals}';
/** The same of one session. */
export function openApprovalsOfKey(sessionId: string): string {
  return `approvals-open:{approvals}:${exact(sessionId)}`;
}
export const APPROVAL_NUMBER_KEY = 'approvals-number:{approvals}';

/**
 * Agents (agents.ts), their sign-ins (sign-ins.ts). There are few of them, so all are in one slot
 * of a cluster.
 */
export function agentKey(id: string): string {
  return `agent:{agents}:${exact(id)}`;
}

/** Hashes from login and from identity to id. */
export const AGENT_LOGINS_KEY = 'agent-logins:{agents}';
export const AGENT_IDENTITIES_KEY = 'agent-identities:{agents}';

export function invitationKey(digest: string): string {
  return `agent-invitation:{agents}:${digest}`;
}

/** Sorted set of the digests of invitations, by when they expire. */
export const INVITATIONS_KEY = 'agent-invitations:{agents}';

export function signInKey(id: string): string {
  return `sign-in:{agents}:${exact(id)}`;
}

/** Set of the keys of an agent's sign-ins. */
export function signInsKey(agentId: string): string {
  return `sign-ins:{agents}:${exact(agentId)}`;
}

/**
 * Sorted sets of agents by when they were seen and got a session of a rule, and the set of those
 * away.
 */
export const AGENTS_SEEN_KEY = 'agents-seen:{agents}';
export const AGENTS_ASSIGNED_KEY = 'agents-assigned:{agents}';
export const AGENTS_AWAY_KEY = 'agents-away:{agents}';

/** List of the waits of a queue, newest first. */
export function queueWaitsKey(queue: string | null): string {
  return `queue-waits:{agents}:${exact(queue ?? '')}`;
}

/** Of the library (library.ts), a hash from id to item, and one from kind, owner and name to id. */
export const LIBRARY_KEY = 'library:{library}';
export const LIBRARY_NAMES_KEY = 'library-names:{library}';

/** Hash of what expires (expiring-records.ts), from kind and id to record. */
export const EXPIRING_RECORDS_KEY = 'expiring-records:{expiring-records}';

/** Hashes of API tokens (api-tokens.ts), from id to token and to the time of its last use. */
export const API_TOKENS_KEY = 'api-tokens:{api-tokens}';
export const API_TOKENS_USED_KEY = 'api-tokens-used:{api-tokens}';
/** Of outgoing webhooks (webhooks.ts), hashes from id to endpoint and to its health. */
export const WEBHOOK_KEYS = { endpoints: 'webhook-endpoints:{webhooks}', health: 'webhook-health:{webhooks}' };

export interface WebhookKeys {
  /** Hash from place to how far it is. */
  readonly places: string;
  /** Sorted set of the places with something to send, by when. */
  readonly due: string;
  /** Hash from id to delivery, and a sorted set of the ids, all of one score. */
  readonly log: string;
  readonly order: string;
  /** Sorted set of session and id of each delivery, all of one score. */
  readonly bySession: string;
}

/** Of one endpoint. All are in one slot of a cluster, and those of another endpoint in another. */
export function webhookKeys(endpointId: string): WebhookKeys {
  const tag = `{webhook-${exact(endpointId)}}`;
  return {
    places: `webhook-places:${tag}`,
    due: `webhook-due:${tag}`,
    log: `webhook-log:${tag}`,
    order: `webhook-order:${tag}`,
    bySession: `webhook-log-by-session:${tag}`,
  };
}

/** Hash of an agent's mentions (mentions.ts), from id to mention. */
export function mentionsKey(agentId: string): string {
  return `mentions:{mentions}:${exact(agentId)}`;
}

/** Bytes under a name (blobs.ts). */
export function blobKey(name: string): string {
  return `blob:${exact(name)}`;
}

/** Sorted set of all mentions by time, as JSON of agent and id. */
export const MENTIONS_KEY = 'mentions-by-time:{mentions}';

/** Of an upload (uploads.ts). */
export function uploadKey(address: string, id: string): string {
  return `upload:${tagOf(partitionOf(address))}:${exact(address)}:${id}`;
}

/** Sorted set of all uploads by time, as JSON of address and id. */
export const UPLOADS_KEY = 'uploads-by-time:{uploads}';

/** Sorted set of the files being written by time, as JSON of session and content (files.ts). */
export const UNFINISHED_FILES_KEY = 'files-unfinished:{files}';

/** Sorted set of the audit trail's entries by number, and the last number. */
export const AUDIT_KEY = 'audit:{audit}';
export const AUDIT_NUMBER_KEY = 'audit-number:{audit}';

/**
 * Roll-ups (rollups.ts). A batch of counts is applied whole, so all are in one slot of a cluster.
 * The keys are hashes with the progress, from session id to what is kept of it, from session id to
 * its labels, and from customer to days.
 */
export const ROLLUP_KEYS = {
  progress: 'rollup-progress:{rollups}',
  sessions: 'rollup-sessions:{rollups}',
  labels: 'rollup-labels:{rollups}',
  customers: 'rollup-customers:{rollups}',
} as const;

/** Hash from a place to its two sums, for one measure and one day of UTC. */
export function rollupKey(measure: string, day: number): string {
  return `rollup:{rollups}:${measure}:${day}`;
}
