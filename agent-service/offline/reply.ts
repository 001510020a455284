/** Text of the offline model's answers. Pure function of the conversation. */
import { messageText, type ProviderMessage } from '../content.ts';
import { withoutSent } from '../prompt.ts';
import { beginningOf, fromAnalysis, type KnownAnalysis } from './from-analysis.ts';
import { nameTold } from './name-told.ts';
import { arabicPhrases, englishPhrases, type OfflinePhrases } from './phrases.ts';

/**
 * Answer to the customer's last turn, in that turn's language, Arabic or English. `analysis` is
 * what questions may refer to. `underWay` is the subject of an analysis that will be sent by
 * itself.
 */
export function reply(conversation: readonly ProviderMessage[], analysis?: KnownAnalysis, underWay?: string): string {
  const messages = conversation.map((message) => ({ role: message.role, text: messageText(message) }));
  const texts = messages.filter(({ role }) => role === 'user').map(({ text }) => text);
  const last = (texts.at(-1) ?? '').trim();
  const phrases = languageOf(texts);
  const answer = respond({ last, texts, messages: messagesIn(conversation) }, phrases, { analysis, underWay });
  return introduced(answer, conversation);
}

/** The answer. The first one of a conversation says who writes it, in the customer's language. */
export function introduced(answer: string, conversation: readonly ProviderMessage[]): string {
  const messages = conversation.map((message) => ({ role: message.role, text: messageText(message) }));
  const isKnown = messages.some(
    ({ role, text }) => role === 'assistant' && [englishPhrases, arabicPhrases].some(({ offline }) => text.includes(offline)),
  );
  if (isKnown) return answer;
  const phrases = languageOf(messages.filter(({ role }) => role === 'user').map(({ text }) => text));
  return answer.includes(phrases.offline) ? `${answer} ${phrases.howToSet}` : `${answer}\n\n${phrases.offline} ${phrases.howToSet}`;
}

/**
 * Language of the last turn that has letters. After "👍" it stays the language of what came before.
 */
function languageOf(texts: readonly string[]): OfflinePhrases {
  const spoken = texts.findLast((text) => /\p{L}/u.test(text)) ?? '';
  // By words, because names of things keep their letters. "ما هو Statechat؟" is Arabic.
  const arabic = spoken.match(/\p{Script=Arabic}+/gu)?.length ?? 0;
  const latin = spoken.match(/\p{Script=Latin}+/gu)?.length ?? 0;
  return arabic > 0 && arabic >= latin ? arabicPhrases : englishPhrases;
}

/** How many messages the customer's last turn holds. */
function messagesIn(conversation: readonly ProviderMessage[]): number {
  const last = conversation.findLast(({ role }) => role === 'user');
  return last !== undefined && 'text' in last ? (last.breaks?.length ?? 0) + 1 : 1;
}

interface Asked {
  /** The customer's last turn. */
  readonly last: string;
  /** All of the customer's turns. */
  readonly texts: readonly string[];
  /** How many messages the last turn holds. */
  readonly messages: number;
}

interface Analyses {
  readonly analysis: KnownAnalysis | undefined;
  readonly underWay: string | undefined;
}

function respond({ last, texts, messages }: Asked, phrases: OfflinePhrases, { analysis, underWay }: Analyses): string {
  const name = nameIn(texts);
  if (phrases.asksName.test(last)) return name === undefined ? phrases.unknownName : phrases.yourName(name);
  const newName = nameIn([last]);
  if (newName !== undefined) return phrases.niceToMeet(newName);
  const sum = arithmetic(last);
  if (sum !== undefined) return phrases.result(sum);
  if (phrases.asksStatechat.test(last)) return phrases.statechat;
  if (phrases.asksSelf.test(last)) return phrases.self;
  if (phrases.asksHuman.test(last)) return phrases.human;
  if (phrases.asksHelp.test(last)) return phrases.help;
  if (phrases.thanks.test(last)) return phrases.welcome;
  if (phrases.farewell.test(last)) return phrases.goodbye(name);
  if (isSentAlone(last)) return phrases.received;
  if (phrases.greeting.test(last) && last.length <= 40) return phrases.greet(name);
  const question = /[?؟]/.test(last);
  if (analysis !== undefined) {
    const found = fromAnalysis(analysis, last);
    if (found !== undefined) return quoted(phrases.fromAnalysis(analysis.args), found);
    if (question && underWay === undefined) return quoted(phrases.notInAnalysis(analysis.args), beginningOf(analysis));
  }
  if (underWay !== undefined) return phrases.underWay(underWay);
  return phrases.understood(quote(last), messages, question);
}

/** A turn of files alone, as the prompt describes them. */
function isSentAlone(turn: string): boolean {
  const { text, sent } = withoutSent(turn);
  return sent && text === '';
}

/** The name that the customer gave last, in either language. */
function nameIn(texts: readonly string[]): string | undefined {
  for (const text of texts.toReversed()) {
    const name = nameTold(text);
    if (name !== undefined) return name;
  }
  return undefined;
}

const SUM = /(-?\d+(?:\.\d+)?)\s*([+\-*x×/÷])\s*(-?\d+(?:\.\d+)?)\s*(?:[=?؟]|$)/;

/** One operation on two numbers, e.g. "what is 12 * 3?", in either script's digits. */
function arithmetic(text: string): string | undefined {
  const western = text.replaceAll(/[٠-٩]/g, (digit) => String(digit.charCodeAt(0) - 0x660));
  const [, left, operator, right] = SUM.exec(western) ?? [];
  if (left === undefined || operator === undefined || right === undefined) return undefined;
  const [a, b] = [Number(left), Number(right)];
  const value = operator === '+' ? a + b : operator === '-' ? a - b : '/÷'.includes(operator) ? a / b : a * b;
  return Number.isFinite(value) ? `${left} ${operator} ${right} = ${Number(value.toPrecision(12))}` : undefined;
}

function quote(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  const characters = [...line];
  return characters.length <= 160 ? line : `${characters.slice(0, 159).join('').trimEnd()}…`;
}

function quoted(introduction: string, lines: readonly string[]): string {
  return `${introduction}\n\n${lines.map((line) => `- ${line}`).join('\n')}`;
}
