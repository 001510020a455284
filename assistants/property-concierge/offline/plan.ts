/**
 * Conversation of the concierge without a model. It asks for what is missing, one or two facts at a
 * time, searches once enough is known, and answers about what it has shown. The session's facts
 * come with the request, those of the last message included. Pure.
 */
import { handOver, type OfflinePlan, type OfflineStep, type OfflineView, recordOf } from '../../index.ts';
import { TIME_ZONE } from '../facts/extraction.ts';
import { factsIn } from '../facts/known-facts.ts';
import { missingFacts, purposeOf } from '../facts/missing.ts';
import { readFacts } from '../facts/rules/read.ts';
import type { PropertyFacts } from '../facts/schema.ts';
import { languageOf } from '../language.ts';
import { summaryOf } from '../summary.ts';
import { type ListingResult, listingResult, type SearchResult, searchResult } from '../tools.ts';
import { intentOf } from './intent.ts';
import { momentIn, type Words } from './words.ts';
import { arabic } from './words-arabic.ts';
import { english } from './words-english.ts';
import { writeOffers } from './write-offers.ts';

const SEARCH = 'search_listings';
const GET = 'get_listing';
const OFFICE = 'show_office';
const REFS = /\b[A-Z]{2}-\d{3,6}\b/g;
/** Questions in one message. More is a form. */
const MOST_QUESTIONS = 2;

interface Talk {
  readonly view: OfflineView;
  readonly words: Words;
  readonly facts: PropertyFacts;
  /** The customer's last turn. */
  readonly said: string;
  /** Files or recordings came with it. */
  readonly sent: boolean;
  /** Fields of the facts that are in it. */
  readonly news: ReadonlySet<string>;
}

export const conciergePlan: OfflinePlan = (view) => {
  const talk = talkOf(view);
  const last = view.results.at(-1);
  if (last === undefined) return reply(talk);
  if (!last.ok) return { text: talk.words.notReached };
  if (last.name === handOver.spec.name) return { text: handedOver(talk) };
  if (last.name === GET) return oneListing(talk, listingResult.parse(last.value));
  if (last.name === OFFICE) return { text: talk.words.office };
  return last.name === SEARCH ? offers(talk, searchResult.parse(last.value)) : { text: talk.words.canDo };
};

function wordsIn(texts: readonly string[], locale: string): Words {
  return languageOf(texts, locale) === 'ar' ? arabic : english;
}

function talkOf(view: OfflineView): Talk {
  const { messages, params } = view;
  const texts = messages.filter(({ role }) => role === 'user').map(({ text }) => text);
  const last = messages.findLast(({ role }) => role === 'user');
  const said = (last?.text ?? '').trim();
  const before = messages.findLast(({ role }) => role === 'assistant')?.text ?? '';
  const locale = typeof params.locale === 'string' ? params.locale : 'en';
  // Only whether there are facts matters here, so any time will do.
  const news = said.split('\n\n').flatMap((text) => readFacts({ text, at: 0, timeZone: TIME_ZONE, known: {}, before }));
  return {
    view,
    words: wordsIn(texts, locale),
    facts: factsIn(recordOf(params.entities)),
    said,
    sent: last?.sent ?? false,
    news: new Set(news.map(({ field }) => field)),
  };
}

function reply(talk: Talk): OfflineStep {
  const { view, words, facts, said, sent, news } = talk;
  const isNews = news.size > 0;
  if (sent && said === '') return { text: `${words.received} ${questions(words, facts)}`.trim() };
  const intent = intentOf(said, news);
  const shown = shownRefs(view);
  if (intent.type === 'colleague') return call(handOver.spec.name, { reason: intent.reason, summary: summaryOf(facts) });
  if (intent.type === 'one') {
    const ref = 'ref' in intent ? intent.ref : shown.last[intent.place];
    if (ref !== undefined) return look(words, ref);
    if (!isNews) return { text: words.noneBefore };
  }
  if (intent.type === 'where') {
    const named = intent.ref ?? (intent.place === undefined ? undefined : shown.last[intent.place]);
    const ref = named ?? (isNews || shown.newest.length > 1 ? undefined : shown.newest[0]);
    if (ref !== undefined) return look(words, ref);
    if (!isNews) return { text: shown.last.length > 0 ? words.which : `${words.noneBefore} ${questions(words, facts)}`.trim() };
  }
  if (intent.type === 'office' && view.tools.some(({ name }) => name === OFFICE)) return call(OFFICE, {});
  if (intent.type === 'cheaper' || intent.type === 'bigger' || intent.type === 'others') {
    if (shown.last.length > 0) return search(facts, followUp(intent.type, shown));
    if (!isNews) return { text: `${words.noneBefore} ${questions(words, facts)}`.trim() };
  }
  if (isNews) {
    const missing = missingFacts(facts);
    return missing.length === 0 ? search(facts, {}) : { text: `${words.understood(words.facts(facts))} ${questions(words, facts)}` };
  }
  switch (intent.type) {
    case 'greeting':
      return { text: greeting(talk) };
    case 'help':
      return { text: `${words.canDo} ${questions(words, facts)}`.trim() };
    case 'facts':
      return { text: hasFacts(facts) ? words.known(words.facts(facts)) : `${words.nothingKnown} ${questions(words, facts)}` };
    case 'thanks':
      return { text: words.thanks };
    case 'goodbye':
      return { text: words.goodbye };
    default:
      return unclear(talk, shown.all.length > 0);
  }
}

/** With the day and time that the customer has just named. */
function handedOver({ words, facts, news }: Talk): string {
  const language = words === arabic ? 'ar-EG' : 'en-GB';
  if (news.has('viewing') && facts.viewing !== undefined) return words.viewingNamed(momentIn(language, facts.viewing));
  if (news.has('callBack') && facts.callBack !== undefined) return words.callNamed(momentIn(language, facts.callBack));
  return words.handedOver;
}

function greeting({ words, facts }: Talk): string {
  const known = hasFacts(facts) ? words.known(words.facts(facts)) : '';
  return [words.greeting, known, questions(words, facts)].filter((part) => part !== '').join(' ');
}

/** "Yes" after a question of ours means to go on. */
function unclear({ words, facts }: Talk, wereShown: boolean): OfflineStep {
  if (!wereShown && missingFacts(facts).length === 0) return search(facts, {});
  const next = questions(words, facts);
  return { text: `${words.notUnderstood} ${next === '' ? words.canDo : next}` };
}

function questions(words: Words, facts: PropertyFacts): string {
  return missingFacts(facts)
    .slice(0, MOST_QUESTIONS)
    .map((missing) => words.ask[missing])
    .join(' ');
}

function hasFacts(facts: PropertyFacts): boolean {
  return english.facts(facts) !== '';
}

interface FollowUp {
  readonly cheaperThan?: readonly string[];
  readonly biggerThan?: readonly string[];
  readonly except?: readonly string[];
}

function followUp(type: 'cheaper' | 'bigger' | 'others', { last, all }: Shown): FollowUp {
  if (type === 'cheaper') return { cheaperThan: last };
  return type === 'bigger' ? { biggerThan: last } : { except: all.slice(-20) };
}

/** Names of the listings in our messages. */
interface Shown {
  /** Of the last list, or of the last message that has one. */
  readonly last: readonly string[];
  /** Of the last message that has any. */
  readonly newest: readonly string[];
  readonly all: readonly string[];
}

function shownRefs({ messages }: OfflineView): Shown {
  const lists = messages.filter(({ role }) => role === 'assistant').map(({ text }) => [...new Set(text.match(REFS) ?? [])]);
  const shown = lists.filter((refs) => refs.length > 0);
  const newest = shown.at(-1) ?? [];
  return { last: shown.findLast((refs) => refs.length > 1) ?? newest, newest, all: [...new Set(shown.flat())] };
}

function search(facts: PropertyFacts, more: FollowUp): OfflineStep {
  const { name: _name, phone: _phone, email: _email, viewing: _viewing, callBack: _callBack, ...wishes } = facts;
  const purpose = purposeOf(facts);
  return call(SEARCH, { ...wishes, ...(purpose === undefined ? {} : { purpose }), ...more });
}

/** A search without an offer is made once more, for the place and the kind of home alone. */
function offers({ view, words, facts, said, news }: Talk, { found }: SearchResult): OfflineStep {
  const searches = view.results.filter(({ name }) => name === SEARCH).length;
  if (found.length === 0 && searches === 1) {
    const { locations, types, excludedLocations, excludedTypes } = facts;
    const wider = { locations, types, excludedLocations, excludedTypes };
    const intent = intentOf(said, news);
    const shown = shownRefs(view);
    const isFollowUp = intent.type === 'cheaper' || intent.type === 'bigger' || intent.type === 'others';
    return search(
      { ...wider, ...(facts.purpose === undefined ? {} : { purpose: purposeOf(facts) }) },
      isFollowUp ? followUp(intent.type, shown) : {},
    );
  }
  return { text: writeOffers(words, facts, found, searches > 1) };
}

function look(words: Words, ref: string): OfflineStep {
  return call(GET, { ref, language: words === arabic ? 'ar' : 'en' });
}

function oneListing({ words, facts, said, news }: Talk, one: ListingResult): OfflineStep {
  if (intentOf(said, news).type === 'where') return { text: words.where(one) };
  const lines = words.details(one).map((line) => `- ${line}`);
  return { text: [words.listing(one), ...lines, '', hasFacts(facts) ? words.afterOffers : questions(words, facts)].join('\n').trim() };
}

function call(name: string, input: Readonly<Record<string, unknown>>): OfflineStep {
  return { calls: [{ name, input: JSON.parse(JSON.stringify(input)) }] };
}
