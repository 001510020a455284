/**
 * Every word of the console. A missing one does not compile. `english.ts` and `arabic.ts` have
 * them.
 */
import type { FactWords } from '#machines/session/fact-words.ts';
import type { Need } from '#machines/session/needs.ts';
import type { TextWords } from '../text/text-context.ts';
import type { IdentityError } from './auth-api.ts';
import type { UNDO_SECONDS } from './preferences.ts';
import type { LineRow, Mark, RatingRow } from './rows.ts';
import type { ReturnReason } from './session-facts.ts';
import type { TimeName } from './snooze-times.ts';
import type { SuggestionFailure } from './suggestion.ts';
import type { Tab } from './tabs.ts';
import type { ToolWords } from './tool-words.ts';
import type { Urgency } from './waiting-time.ts';

export type Role = 'agent' | 'supervisor' | 'admin';

export interface Strings extends TextWords {
  readonly title: string;
  readonly justNow: string;
  readonly today: string;
  readonly yesterday: string;
  readonly loading: string;
  readonly cancel: string;
  readonly dismiss: string;
  readonly signIn: {
    readonly title: string;
    readonly login: string;
    readonly password: string;
    readonly show: string;
    readonly hide: string;
    readonly submit: string;
    readonly busy: string;
    readonly wrong: string;
    readonly tooMany: string;
    readonly later: string;
    readonly ended: string;
    readonly firstTitle: string;
    readonly first: string;
    readonly lost: string;
    readonly unreachable: string;
    readonly retry: string;
    readonly required: string;
    /** With the name of an identity provider. */
    readonly with: (name: string) => string;
    readonly or: string;
    /** What failed on the way to the identity provider and back, by its code. */
    readonly errors: Readonly<Record<IdentityError, string>>;
  };
  readonly join: {
    readonly title: string;
    readonly role: (role: Role) => string;
    readonly login: string;
    readonly loginHint: string;
    readonly name: string;
    readonly nameHint: string;
    readonly passwordHint: string;
    readonly submit: string;
    readonly passwordTitle: (name: string) => string;
    readonly passwordMore: string;
    readonly passwordSubmit: string;
    readonly taken: string;
    readonly goneTitle: string;
    readonly gone: string;
    readonly haveAccount: string;
    readonly with: (name: string) => string;
    readonly until: (time: string) => string;
  };
  readonly tabs: Readonly<Record<Tab, string>>;
  readonly tabsLabel: string;
  readonly empty: Readonly<Record<Tab, { readonly title: string; readonly more: string }>>;
  readonly more: (count: number) => string;
  readonly waited: string;
  /** What is due, and for how long still, or for how long it is late. */
  readonly due: (what: 'answer' | 'end', urgency: Urgency, time: string) => string;
  readonly unanswered: (count: number) => string;
  readonly priority: Readonly<Record<'low' | 'normal' | 'high' | 'urgent', string>>;
  readonly heldBy: (name: string) => string;
  readonly heldByMe: string;
  /** Of a session that a colleague holds. */
  readonly takeOver: string;
  readonly answeredByBot: string;
  readonly looking: (names: string) => string;
  readonly writing: (names: string) => string;
  readonly customerTyping: string;
  readonly someone: string;
  /** A customer without a name, by the end of the address. */
  readonly unnamed: (code: string) => string;
  readonly noMessages: string;
  readonly you: string;
  readonly authors: Readonly<Record<'customer' | 'assistant' | 'agent' | 'system', string>>;
  readonly connection: { readonly connecting: string; readonly offline: string };
  readonly nothingSelected: { readonly title: string; readonly more: string };
  readonly missing: { readonly title: string; readonly more: string };
  readonly back: string;
  readonly transcript: string;
  readonly loadOlder: string;
  readonly toBottom: string;
  readonly newMessages: (count: number) => string;
  readonly newLine: string;
  readonly thinking: string;
  readonly usingTool: string;
  readonly note: string;
  readonly noteBy: (name: string) => string;
  readonly edited: string;
  readonly deleted: string;
  readonly sending: string;
  readonly marks: Readonly<Record<Mark, string>>;
  readonly line: (row: LineRow, words: LineWords) => string;
  readonly actions: {
    readonly claim: string;
    readonly release: string;
    readonly transfer: string;
    readonly close: string;
    readonly reply: string;
    readonly note: string;
    readonly sendLater: string;
    readonly template: string;
    readonly undo: string;
    readonly snooze: string;
    readonly unsnooze: string;
    readonly unread: string;
    readonly priority: string;
    readonly tags: string;
    readonly suggest: string;
    readonly next: string;
    readonly previous: string;
    readonly open: string;
    readonly palette: string;
    readonly help: string;
    readonly panel: string;
    readonly floor: string;
    readonly team: string;
    readonly account: string;
    readonly machines: string;
    readonly analytics: string;
    readonly signOut: string;
    readonly settings: string;
    readonly language: string;
    readonly search: string;
    readonly mentions: string;
    readonly filter: string;
    readonly attach: string;
    readonly addPlace: string;
    readonly addContact: string;
    readonly addLink: string;
    readonly askLocation: string;
    readonly canned: string;
    readonly macros: string;
    readonly library: string;
    readonly away: string;
  };
  readonly composer: {
    readonly reply: string;
    readonly note: string;
    readonly replyLabel: string;
    readonly noteLabel: string;
    readonly replyPlaceholder: string;
    readonly notePlaceholder: string;
    readonly hint: string;
    readonly send: string;
    readonly addNote: string;
    readonly sendAgain: string;
    readonly claimFirst: string;
    readonly claimFromBot: string;
    readonly windowClosed: string;
    readonly held: (name: string) => string;
    readonly closed: string;
    readonly tooLong: (length: number, most: number) => string;
  };
  readonly suggestion: {
    readonly writing: string;
    readonly stop: string;
    readonly written: string;
    readonly offline: string;
    readonly stopped: string;
    readonly undo: string;
    readonly failed: Readonly<Record<SuggestionFailure, string>>;
  };
  readonly brief: {
    readonly title: string;
    readonly loading: string;
    readonly make: string;
    readonly refresh: string;
    readonly failed: string;
    readonly offline: string;
    readonly behind: (count: number) => string;
  };
  readonly rating: {
    readonly title: string;
    readonly of: (score: number) => string;
    readonly none: string;
    readonly asked: string;
    readonly line: (row: RatingRow) => string;
  };
  readonly problems: {
    readonly held: (name: string) => string;
    readonly unseen: string;
    readonly closed: string;
    readonly window: string;
    readonly returned: Readonly<Record<ReturnReason, string>>;
    readonly notReacted: Readonly<Record<'closed' | 'window', string>>;
    readonly tooLate: string;
    readonly cardLeft: string;
    readonly refused: (message: string) => string;
  };
  readonly transfer: {
    readonly title: string;
    readonly colleague: string;
    readonly nobody: string;
    readonly queue: string;
    readonly queueHint: string;
    readonly toQueue: string;
  };
  readonly times: {
    readonly snoozeTitle: string;
    readonly snoozeMore: string;
    readonly laterTitle: string;
    readonly laterMore: string;
    readonly names: Readonly<Record<TimeName, string>>;
    readonly other: string;
    readonly otherHint: string;
    readonly snoozeSubmit: string;
    readonly laterSubmit: string;
  };
  readonly scheduled: {
    readonly at: (time: string) => string;
    readonly by: (name: string, time: string) => string;
    readonly soon: (seconds: number) => string;
    readonly edit: string;
    readonly now: string;
    readonly cancel: string;
  };
  readonly snoozed: (time: string) => string;
  readonly unread: (count: number) => string;
  readonly close: { readonly title: string; readonly more: string; readonly reason: string; readonly submit: string };
  readonly panel: {
    readonly title: string;
    readonly address: string;
    readonly channel: string;
    readonly assistant: string;
    readonly state: string;
    readonly holder: string;
    readonly nobody: string;
    readonly bot: string;
    readonly since: string;
    readonly waiting: string;
    readonly queue: string;
    readonly tags: string;
    readonly addTag: string;
    readonly removeTag: (tag: string) => string;
    readonly priority: string;
    readonly topic: string;
    readonly known: string;
    readonly editValue: (name: string) => string;
    /** Where a value comes from, as the customer's own words. */
    readonly saidAs: (words: string, isSure: boolean) => string;
    readonly changedBy: (agent: string) => string;
    readonly removeValue: (name: string) => string;
    readonly addValue: string;
    readonly valueName: string;
    readonly value: string;
    readonly save: string;
    readonly none: string;
    readonly looking: string;
    readonly alone: string;
    readonly states: Readonly<Record<string, string>>;
    readonly past: string;
    readonly noPast: string;
    readonly loading: string;
    readonly unavailable: string;
    readonly context: string;
    readonly contextOf: (total: string, limit: string) => string;
    readonly contextAll: (total: string) => string;
    readonly shown: (messages: number, summaries: number) => string;
    readonly cost: string;
    readonly tokens: (into: string, out: string) => string;
    readonly runs: string;
    readonly toolCalls: string;
    readonly errors: string;
    readonly messages: string;
    readonly chart: string;
    readonly chartOf: (state: string, next: string) => string;
    readonly parts: Readonly<Record<string, string>>;
  };
  readonly palette: {
    readonly label: string;
    readonly placeholder: string;
    readonly none: string;
  };
  readonly help: {
    readonly title: string;
    readonly keys: string;
    readonly keysOff: string;
    readonly change: string;
    readonly changeOf: (action: string, key: string) => string;
    /** While a key is waited for. */
    readonly press: string;
    readonly none: string;
    readonly reserved: string;
    readonly reset: string;
  };
  readonly settings: {
    readonly title: string;
    readonly notifications: string;
    readonly notificationsRefused: string;
    readonly sound: string;
    readonly keys: string;
    readonly undo: string;
    readonly undoSeconds: Readonly<Record<(typeof UNDO_SECONDS)[number], string>>;
  };
  readonly news: {
    readonly attention: string;
    readonly woke: string;
    readonly notSent: string;
    readonly message: (name: string) => string;
  };
  readonly tools: ToolWords;
}

/** What a line takes from elsewhere, in the same language. */
export interface LineWords extends FactWords {
  readonly time: (at: number) => string;
}

/** A name runs its own way inside a sentence. */
export function named(name: string | undefined, other: string): string {
  return name === undefined ? other : `\u2068${name}\u2069`;
}

/**
 * Why a person is needed, in the words of the page where it has some. An assistant's own reason is
 * isolated, because its direction is unknown.
 */
export function needed(reason: string, words: Partial<Record<Need, string>>): string {
  const known = Object.entries(words).find(([need]) => need === reason);
  return known?.[1] ?? `\u2068${reason}\u2069`;
}
