/**
 * A customer's chat at the Bot API server, with what the customer writes, what is shown, and the
 * calls that led to it.
 */
import type { BotApi, Call } from '#test/fakes/bot-api.ts';
import type { Session } from './api.ts';
import type { RunningApp } from './running-app.ts';

export class TelegramChat {
  readonly id: number;
  readonly #telegram: BotApi;
  readonly #app: RunningApp;
  readonly #language: string;

  constructor(telegram: BotApi, app: RunningApp, id: number, language = 'en') {
    this.#telegram = telegram;
    this.#app = app;
    this.id = id;
    this.#language = language;
  }

  say(text: string): void {
    this.#telegram.say(this.id, text, { from: { language_code: this.#language } });
  }

  /** Another content than a text, in the fields of the Bot API. */
  send(content: object): void {
    const from = { id: this.id, is_bot: false, first_name: 'Mona', username: 'mona', language_code: this.#language };
    const message_id = this.#telegram.chats.heard(this.id, '');
    this.#telegram.push({ message: { message_id, date: 1_700_000_000, chat: { id: this.id, type: 'private' }, from, ...content } });
  }

  get address(): string {
    return `telegram:${this.#telegram.id}:${this.id}`;
  }

  /** Everything that is shown in the chat, oldest first. Texts, and documents by their names. */
  get shown(): readonly string[] {
    return this.#telegram.transcript(this.id).map(({ from, text, document }) => `${from}: ${document?.name ?? text}`);
  }

  get last(): string {
    return this.shown.at(-1) ?? '';
  }

  get documents() {
    return this.#telegram.documents(this.id);
  }

  /** Calls that showed or changed something, oldest first. */
  get calls(): readonly Call[] {
    const changing = ['sendMessage', 'editMessageText', 'sendDocument', 'deleteMessage'];
    return this.#telegram.calls.filter(({ method, payload }) => changing.includes(method) && Number(payload['chat_id']) === this.id);
  }

  get typings(): number {
    return this.#telegram.callsOf('sendChatAction').filter(({ payload }) => payload['chat_id'] === this.id).length;
  }

  /** The newest session of this chat. Throws until there is one. */
  async session(): Promise<Session> {
    const [newest] = await this.#app.api.sessionsAt(this.address);
    if (newest === undefined) throw new Error(`no session at ${this.address} yet`);
    return newest;
  }
}
