/**
 * Hides personal data in what the visualizer shows of sessions (SPEC V5).
 *
 * Texts are hidden unless their key says that they are words of the program, so that a field that
 * nobody thought of is hidden too. Numbers and booleans are shown, apart from those of a customer's
 * entities and places. Of a machine of an assistant's own, numbers are hidden as well.
 *
 * docs/decisions/0087-personal-data.md has who sees what, and why.
 */
import type { Json } from '#machines/definition.ts';
import type { SessionRow } from '#storage/port.ts';
import type { Caller } from './caller.ts';

/** In place of what is hidden. */
export const HIDDEN = '[hidden]';

/** Texts below these keys are words of the program or of a machine. */
const WORDS = new Set([
  ...['type', 'kind', 'moved', 'status', 'state', 'handler', 'role', 'assistant', 'priority', 'phase', 'command', 'notice', 'code'],
  ...['model', 'effect', 'action', 'workflow', 'locale', 'returned', 'do', 'guard', 'lane', 'tool'],
]);
const WORD = /^[\w.:@/-]{1,80}$/;
/** Ids of sessions. */
const SESSION_IDS = new Set(['sessionId', 'previous', 'previousId']);
/** Of a session. Other addresses are where people live. */
const ADDRESS = /^[a-z][a-z0-9_-]*:[^:\s]+:\S+$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const AUTHORS = new Set(['customer', 'assistant', 'agent', 'system', 'bot', 'model', 'extract']);
/** Their keys are chosen by people or by models. */
const RECORDS = new Set(['entities', 'preferences', 'sources', 'facts']);
/** All that is in them is personal, apart from its kind. */
const PERSONAL = new Set(['customer', 'media', 'card', 'latitude', 'longitude', 'phone']);
const KEY = /^[A-Za-z_$][\w$.-]{0,63}$/;

export function seesPersonal({ scopes, kind, agent, share }: Caller, row: Pick<SessionRow, 'agentId'> | undefined): boolean {
  if (share !== undefined) return share.personal;
  return scopes.has('sessions:personal') || (kind === 'agent' && row !== undefined && row.agentId === agent.id);
}

/** `ofSession` is true for a context, an event or a parameter of the built-in session machine. */
export function hidePersonal(value: Json, ofSession: boolean): Json {
  return hide(value, '', ofSession ? 'texts' : 'all');
}

type Mode = 'texts' | 'all';

function hide(value: Json | undefined, key: string, mode: Mode): Json {
  if (value === undefined || value === null) return null;
  if (RECORDS.has(key)) return hasContent(value) ? HIDDEN : value;
  const inner = PERSONAL.has(key) ? 'all' : mode;
  if (typeof value === 'string') return hideText(value, key);
  if (typeof value === 'number') return inner === 'all' && !isTime(key) ? HIDDEN : value;
  if (typeof value === 'boolean') return PERSONAL.has(key) ? HIDDEN : value;
  if (isList(value)) return value.map((item) => hide(item, key, inner));
  return Object.fromEntries(
    Object.entries(value).map(([name, item], index) => [KEY.test(name) ? name : `[hidden ${index + 1}]`, hide(item, name, inner)]),
  );
}

function hideText(text: string, key: string): string {
  if (text === '') return text;
  if (key === 'address') return ADDRESS.test(text) ? hideAddress(text) : HIDDEN;
  if (SESSION_IDS.has(key) && UUID.test(text)) return text;
  if ((key === 'author' || key === 'by') && AUTHORS.has(text)) return text;
  return WORDS.has(key) && WORD.test(text) ? text : HIDDEN;
}

/** The channel and our account in it are no customer's. */
export function hideAddress(address: string): string {
  return `${address.split(':').slice(0, 2).join(':')}:${HIDDEN}`;
}

/** A JSON Pointer with the keys that people and models choose left out. */
export function hidePath(path: string): string {
  const parts = path.split('/');
  const record = parts.findIndex((part) => RECORDS.has(part));
  const shown = parts.map((part, index) => {
    if (record >= 0 && index > record) return HIDDEN;
    return part === '' || /^\d+$/.test(part) || KEY.test(part) ? part : HIDDEN;
  });
  return shown.join('/');
}

/** The author of an entry. Agents and customers have names. */
export function hideAuthor(author: string | null): string | null {
  return author === null || AUTHORS.has(author) ? author : HIDDEN;
}

/** What an entry says. Names of events and phases of runs are no texts of people. */
export function hideEntryText(kind: string, text: string | null): string | null {
  if (text === null || text === '') return text;
  const isName = (kind === 'transition' || kind === 'timer' || kind === 'run') && /^[a-z]+([._][a-z]+)*$/.test(text);
  return isName ? text : HIDDEN;
}

function isTime(key: string): boolean {
  return key === 'at' || key === 'seq' || key === 'serial' || key === 'version' || key.endsWith('At');
}

function hasContent(value: Json): boolean {
  return typeof value !== 'object' || (value !== null && Object.keys(value).length > 0);
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
