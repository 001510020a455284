/**
 * Words of saved responses, macros, filters, mentions, search, reactions, replies, cards and files.
 */
import type { ShownCard } from '../media/card-schema.ts';
import type { FieldFault } from './card-form.ts';
import type { ShownReaction } from './reactions.ts';
import type { SearchMatch } from './session-search.ts';

export interface ToolWords {
  readonly availability: {
    readonly available: string;
    readonly away: string;
    readonly availableMore: string;
    readonly awayMore: string;
    readonly nowAvailable: string;
    readonly nowAway: string;
    readonly failed: string;
  };
  readonly save: string;
  readonly edit: string;
  readonly remove: string;
  readonly confirmRemove: string;
  readonly shared: string;
  readonly personal: string;
  readonly share: string;
  readonly refused: (message: string) => string;
  readonly notLoaded: string;
  readonly canned: {
    readonly title: string;
    readonly none: string;
    readonly add: string;
    readonly shortcut: string;
    readonly shortcutHint: string;
    readonly name: string;
    readonly language: string;
    readonly text: string;
    readonly addLanguage: string;
    readonly removeLanguage: (language: string) => string;
    readonly variables: string;
    readonly suggestions: (count: number) => string;
    /** What keeps a text from being sent. */
    readonly missing: (names: string) => string;
  };
  readonly macros: {
    readonly title: string;
    readonly none: string;
    readonly add: string;
    readonly name: string;
    readonly steps: string;
    readonly addStep: string;
    readonly removeStep: (number: number) => string;
    readonly moveUp: (number: number) => string;
    readonly kind: string;
    readonly kinds: Readonly<Record<string, string>>;
    readonly response: string;
    readonly queue: string;
    readonly reason: string;
    readonly run: string;
    readonly runAndSend: string;
    readonly sendsText: string;
    readonly running: string;
    readonly missing: (names: string) => string;
    readonly noText: string;
    readonly unknown: string;
    readonly done: (count: number) => string;
    readonly stopped: (done: number, all: number, why: string) => string;
  };
  readonly mentions: {
    readonly title: string;
    readonly none: string;
    readonly unseen: (count: number) => string;
    readonly by: (name: string) => string;
    readonly seeAll: string;
    readonly suggestions: (count: number) => string;
    readonly news: string;
  };
  readonly filter: {
    readonly title: string;
    readonly state: string;
    readonly channel: string;
    readonly assistant: string;
    readonly queue: string;
    readonly tag: string;
    readonly holder: string;
    readonly waiting: string;
    readonly any: string;
    readonly minutes: (count: number) => string;
    readonly clear: string;
    readonly saved: string;
    readonly saveAs: string;
    readonly name: string;
    readonly active: (count: number) => string;
    readonly none: string;
  };
  readonly search: {
    readonly title: string;
    readonly label: string;
    readonly hint: string;
    readonly within: string;
    readonly withinHint: string;
    readonly searching: string;
    readonly none: string;
    readonly more: string;
    readonly failed: string;
    readonly results: (count: number) => string;
    readonly closed: string;
    readonly fields: Readonly<Record<SearchMatch['field'], string>>;
  };
  readonly templates: {
    readonly title: string;
    readonly none: string;
    readonly noneFound: string;
    readonly failed: string;
    readonly parameter: (number: number) => string;
    readonly preview: string;
  };
  readonly reactions: {
    readonly react: string;
    readonly reacted: (reaction: ShownReaction) => string;
    readonly failed: string;
  };
  readonly replies: {
    readonly reply: string;
    /** Before what a message answers, for a screen reader. */
    readonly inReplyTo: string;
    /** Before what the next reply answers, for a screen reader. */
    readonly replyingTo: string;
    readonly show: string;
    readonly drop: string;
    /** In place of a message that is not here. */
    readonly unknown: string;
  };
  readonly cards: {
    readonly add: string;
    readonly menu: Readonly<Record<'attach' | 'addPlace' | 'addContact' | 'addLink' | 'askLocation', string>>;
    readonly place: string;
    readonly where: string;
    readonly whereHint: string;
    readonly placeName: string;
    readonly street: string;
    readonly contact: string;
    readonly name: string;
    readonly phone: string;
    readonly phoneHint: string;
    readonly email: string;
    readonly organization: string;
    readonly link: string;
    readonly label: string;
    readonly labelHint: string;
    readonly url: string;
    readonly submit: string;
    readonly faults: Readonly<Record<FieldFault, string>>;
    /** What the agent sees of a card before it is sent. */
    readonly chip: (card: ShownCard) => string;
    /** What keeps a card from being sent. */
    readonly needsText: string;
  };
  readonly files: {
    readonly attached: string;
    readonly drop: string;
    readonly uploading: (name: string, percent: number) => string;
    readonly cancel: (name: string) => string;
    readonly remove: (name: string) => string;
    readonly download: (name: string) => string;
    readonly tooLarge: (size: string) => string;
    readonly empty: string;
    readonly tooMany: (most: number) => string;
    readonly gone: string;
    readonly sendsLater: string;
    readonly doNotSend: string;
  };
}
