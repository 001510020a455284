/**
 * Commands that were chosen and buttons that were pressed. Discord waits three seconds for an
 * acknowledgement, and then shows the customer that it failed.
 *
 * Owns what Discord is told of an interaction. Does not own storing its event (inbox.ts).
 *
 * Invariants
 * 1. It is acknowledged only after its event is durable. If that fails, Discord shows the failure,
 *    and the customer tries again.
 * 2. One that waited too long is not taken, because the customer was shown that it failed.
 */
import * as z from 'zod';
import type { Clock } from '#machines/clock.ts';
import type { ChannelLog } from '../log.ts';
import type { DiscordApi } from './api.ts';
import type { Interaction } from './decode.ts';
import type { Expected } from './replies.ts';
import type { Sdk } from './sdk.ts';

/** Less than Discord's three seconds, so that the acknowledgement arrives in time. */
const TOO_LATE_MS = 2_500;

const MESSAGE = 4;
const DEFERRED_MESSAGE = 5;
const DEFERRED_UPDATE = 6;
/** Only the customer sees it. */
const EPHEMERAL = 1 << 6;

const anything = z.unknown();

export interface InteractionsOptions {
  readonly api: DiscordApi;
  readonly routes: Sdk['Routes'];
  readonly clock: Clock;
  readonly log: ChannelLog;
}

export class Interactions {
  private readonly options: InteractionsOptions;

  constructor(options: InteractionsOptions) {
    this.options = options;
  }

  /** Whether Discord has shown by now that one failed that was received at `receivedAt`. */
  isTooLate(receivedAt: number): boolean {
    return this.options.clock.now() - receivedAt > TOO_LATE_MS;
  }

  /** The event of a pressed button is durable. */
  async pressed(interaction: Interaction): Promise<void> {
    await this.callback(interaction, { type: DEFERRED_UPDATE });
  }

  /** The event of a command is durable. Its answer takes the place of what Discord shows now. */
  async promise(interaction: Interaction, expected: Expected): Promise<void> {
    const shown = await this.callback(interaction, { type: DEFERRED_MESSAGE });
    expected.settle(shown ? { application: interaction.application_id, token: interaction.token } : undefined);
  }

  /** Says why nothing happens, to the customer alone. */
  async explain(interaction: Interaction, content: string): Promise<void> {
    await this.callback(interaction, { type: MESSAGE, data: { content, flags: EPHEMERAL } });
  }

  private async callback({ id, token }: Interaction, body: object): Promise<boolean> {
    const { api, routes, log } = this.options;
    try {
      await api.call(anything, 'post', routes.interactionCallback(id, token), { body, auth: false });
      return true;
    } catch (error) {
      log.info({ interaction: id, error }, 'a discord interaction was not acknowledged in time');
      return false;
    }
  }
}
