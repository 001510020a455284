/**
 * CallRecords keeps what a run asked of its tools, for the journal, so that a person can open the
 * run later. The events of the run itself are kept for minutes only.
 *
 * Invariant. What it keeps of a run has a bound, whatever the tools return.
 */
import type { Json } from '#machines/definition.ts';
import type { ToolCallRecord } from '#machines/session/runs.ts';
import { clip } from '#machines/text.ts';
import type { RunEvent } from './events.ts';

/** Calls of one run, and characters of an input or a result. A journal is kept for long. */
const MOST_CALLS = 20;
const MOST_CHARACTERS = 1_000;

export class CallRecords {
  readonly #records = new Map<string, ToolCallRecord>();

  note(event: RunEvent): void {
    if (event.type === 'tool') {
      if (this.#records.size >= MOST_CALLS) return;
      this.#records.set(keyOf(event), { tool: event.name, input: shortened(event.input) });
    } else if (event.type === 'tool_result') {
      const known = this.#records.get(keyOf(event));
      const { ok, ms } = event;
      if (known !== undefined) this.#records.set(keyOf(event), { ...known, ok, ms, result: clip(event.text, MOST_CHARACTERS) });
    }
  }

  /** In the order of the calls. One without `ok` had not ended. */
  list(): ToolCallRecord[] {
    return [...this.#records.values()];
  }
}

/** Providers may number the calls of each turn anew. */
function keyOf({ turn, id }: { readonly turn: number; readonly id: string }): string {
  return `${turn} ${id}`;
}

function shortened(input: Json): Json {
  const text = JSON.stringify(input);
  return text.length <= MOST_CHARACTERS ? input : clip(text, MOST_CHARACTERS);
}
