/**
 * Customers on Telegram, as the emulator has them. They write, and Telegram keeps what they wrote
 * until an instance fetches it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { BotApi } from '#test/fakes/bot-api.ts';
import type { Dice } from '#test/faults/plan.ts';

export class TelegramCustomer {
  readonly chat: number;
  readonly address: string;
  readonly said: string[] = [];
  readonly #api: BotApi;
  readonly #dice: Dice;

  constructor(api: BotApi, chat: number, dice: Dice) {
    this.#api = api;
    this.chat = chat;
    this.address = `telegram:${api.id}:${chat}`;
    this.#dice = dice;
    api.chats.open(chat);
  }

  /** Reactions of the program, by the id of the message that has it. */
  reactions(): ReadonlyMap<string, string> {
    return new Map(
      this.#api
        .transcript(this.chat)
        .flatMap(({ id, reaction }) => (reaction === undefined ? [] : [[`tg:${this.chat}:${id}`, reaction] as const])),
    );
  }

  /**
   * Much slower than Telegram's limit of one answer a second, because the backlog of an outage has
   * to be sent afterwards. Some updates come two or three times.
   */
  async write(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      const text = `line ${this.said.length + 1} from chat ${this.chat}`;
      this.said.push(text);
      this.#api.say(this.chat, text, { copies: this.#dice.chance(0.2) ? this.#dice.int(2, 3) : 1 });
      await delay(this.#dice.int(4_000, 8_000), undefined, { signal: stop }).catch(() => {});
    }
  }
}
