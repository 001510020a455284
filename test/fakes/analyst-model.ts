/**
 * Fake model that makes a stock analysis as a real one would, over the wire of the Messages API. It
 * thinks, fetches, has the report made, and writes. It can be held in the middle of each.
 */
import * as z from 'zod';
import { PARAMS, unframed } from '#agent-service/data-frame.ts';
import { FakeMessagesApi } from './messages-api.ts';

export type Held = 'starting' | 'thinking' | 'writing';

/** Tokens of each answer of the model. */
const TOKENS = 1_000;

const params = z.looseObject({ symbol: z.string() });

export class AnalystModel {
  readonly api: FakeMessagesApi;
  /** By symbol, the phase in which it halts until `release`. */
  readonly #held = new Map<string, Held>();
  #released = Promise.withResolvers<void>();
  /** Analyses that are halted now. */
  readonly #standing = new Map<string, Promise<void> | undefined>();
  readonly #completed = new Map<string, number>();

  static async start(): Promise<AnalystModel> {
    return new AnalystModel(await FakeMessagesApi.start());
  }

  private constructor(api: FakeMessagesApi) {
    this.api = api;
    api.otherwise(async (writer) => {
      const request = api.requests.at(-1);
      const messages = request?.body.messages ?? [];
      let gone = false;
      const closed = request?.closed.then(({ aborted }) => {
        gone = aborted;
      });
      const symbol = symbolIn(messages[0]?.content);
      const results = messages.filter(
        ({ content }) => typeof content !== 'string' && content.some((block) => block.type === 'tool_result'),
      ).length;
      const stand = async (at: Held): Promise<void> => {
        if (this.#held.get(symbol) !== at) return;
        this.#standing.set(symbol, closed);
        await this.#released.promise;
      };
      if (results === 0) {
        await stand('starting');
        writer.start().thinking(`About ${symbol}.`);
        await stand('thinking');
        writer.toolUse('tu_1', 'fetch_company_data', JSON.stringify({ symbol })).end('tool_use', { output_tokens: TOKENS });
      } else if (results === 1) {
        const analysis = { executiveSummary: ['Sound.'], rating: 'not_rated', strengths: [], risks: ['None.'], outlook: '' };
        writer.start().toolUse('tu_2', 'create_report', JSON.stringify({ symbol, analysis })).end('tool_use', { output_tokens: TOKENS });
      } else {
        writer.start().text(`## ${symbol}\n\n`, 'All in all ');
        await stand('writing');
        writer.text('it is sound.').end('end_turn', { output_tokens: TOKENS });
      }
      if (!gone) this.#completed.set(symbol, this.completed(symbol) + 1);
    });
  }

  /** Text of a complete analysis of the symbol. */
  static textOf(symbol: string): string {
    return `## ${symbol}\n\nAll in all it is sound.`;
  }

  hold(symbol: string, at: Held): void {
    this.#held.set(symbol, at);
  }

  stands(symbol: string): boolean {
    return this.#standing.has(symbol);
  }

  /** Requests about the symbol that were answered to their end. */
  completed(symbol: string): number {
    return this.#completed.get(symbol) ?? 0;
  }

  /** Resolves when all clients that wait for a held answer have gone. */
  async abandoned(): Promise<void> {
    await Promise.all(this.#standing.values());
  }

  release(): void {
    this.#held.clear();
    this.#standing.clear();
    this.#released.resolve();
    this.#released = Promise.withResolvers();
  }

  async close(): Promise<void> {
    this.release();
    await this.api.close();
  }
}

function symbolIn(content: unknown): string {
  const words = typeof content === 'string' ? content : z.array(z.looseObject({ text: z.string() })).parse(content)[0]?.text;
  return params.parse(unframed(PARAMS, words ?? '')).symbol;
}
