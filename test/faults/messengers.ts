/**
 * Customers on WhatsApp and Discord, as their emulators have them. WhatsApp posts a message until
 * it is taken, some twice. Discord sends a message once, and an instance reads later what it
 * missed.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { messageIdOf as discordId } from '#channels/discord/peer.ts';
import { messageIdOf as whatsAppId } from '#channels/whatsapp-cloud/decode-person.ts';
import { BOT, type Discord } from '#test/fakes/discord.ts';
import type { FakeUser } from '#test/fakes/discord-channels.ts';
import type { People } from '#test/fakes/discord-people.ts';
import type { GraphApi } from '#test/fakes/graph-api.ts';
import type { Dice } from '#test/faults/plan.ts';
import { placeLine } from '#test/faults/screen-lines.ts';

/** What stands on a customer's screen, and when it was accepted. */
export interface Shown {
  readonly text: string;
  readonly at: number;
}

export interface MessengerCustomer {
  readonly address: string;
  readonly said: readonly string[];
  write(stop: AbortSignal): Promise<void>;
  /** Messages of the program, in the order in which they were accepted. */
  shown(): readonly Shown[];
  /** Reactions of the program, by the id of the message that has it. */
  reactions(): ReadonlyMap<string, string>;
}

/** WhatsApp takes one message in six seconds to a person, so answers must not pile up. */
const PAUSE_MS = { least: 8_000, most: 14_000 } as const;
const RETRY_MS = 200;

export class WhatsAppCustomer implements MessengerCustomer {
  readonly address: string;
  readonly said: string[] = [];
  readonly #phone: string;
  readonly #api: GraphApi;
  readonly #dice: Dice;

  constructor(api: GraphApi, phone: string, dice: Dice) {
    this.#api = api;
    this.#phone = phone;
    this.#dice = dice;
    this.address = `whatsapp:${api.phoneNumberId}:${phone}`;
  }

  async write(stop: AbortSignal): Promise<void> {
    const { webhooks } = this.#api;
    while (!stop.aborted) {
      const text = `line ${this.said.length + 1} from ${this.#phone}`;
      this.said.push(text);
      const payload = webhooks.text({ phone: this.#phone }, `wamid.${this.#phone}.${this.said.length}`, text);
      if (this.#dice.chance(0.2)) webhooks.deliver(payload);
      // A person writes on when the message before has its tick.
      while ((await webhooks.post(payload).catch(() => 0)) !== 200) await delay(RETRY_MS);
      await pause(this.#dice, stop);
    }
  }

  shown(): readonly Shown[] {
    return this.#api.screen(this.#phone).map(({ text, card, at }) => ({ text: card === undefined ? text : placeLine(card.name), at }));
  }

  reactions(): ReadonlyMap<string, string> {
    return new Map([...this.#api.messages.reactions].map(([wamid, emoji]) => [whatsAppId(wamid), emoji]));
  }
}

export class DiscordCustomer implements MessengerCustomer {
  readonly address: string;
  readonly said: string[] = [];
  readonly #people: People;
  readonly #user: FakeUser;
  readonly #channel: string;
  readonly #dice: Dice;

  constructor(people: People, number: number, dice: Dice) {
    this.#people = people;
    this.#user = { id: `60000000000000100${number}`, username: `person${number}` };
    this.#channel = `50000000000000100${number}`;
    this.#dice = dice;
    this.address = `discord:${BOT.id}:${this.#channel}`;
    people.discord.channels.open({ id: this.#channel, type: 1 });
  }

  async write(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      const text = `line ${this.said.length + 1} from ${this.#user.username}`;
      this.said.push(text);
      this.#people.says(text, { from: this.#user, to: this.#channel });
      await pause(this.#dice, stop);
    }
  }

  shown(): readonly Shown[] {
    const { channels }: Discord = this.#people.discord;
    return channels.by(this.#channel, BOT.id).map(({ content, timestamp }) => ({ text: content, at: Date.parse(timestamp) }));
  }

  reactions(): ReadonlyMap<string, string> {
    const { channels }: Discord = this.#people.discord;
    return new Map(
      (channels.get(this.#channel)?.messages ?? []).flatMap(({ id, reactions }) =>
        reactions.filter(({ by }) => by === BOT.id).map(({ emoji }) => [discordId(id), emoji] as const),
      ),
    );
  }
}

async function pause(dice: Dice, stop: AbortSignal): Promise<void> {
  await delay(dice.int(PAUSE_MS.least, PAUSE_MS.most), undefined, { signal: stop }).catch(() => {});
}
