/**
 * The memory region of session@2 (M2): when the window is full enough, older messages become a summary, by a run
 * beside everything else.
 *
 * Owns: the `summarise` invocation. Does not own: when it is due and what it takes (window.ts).
 * Invariants: at most one `summarise` runs; no other region waits for it or hears of it; one that fails or comes too
 * late leaves everything as it was, and is tried again when there are more messages.
 */
import { assign, enqueueActions } from 'xstate';
import { summarised, summariseFailed, summariseInput } from './changes.ts';
import { summariseOutput } from './runs.ts';
import { session } from './setup.ts';

export const memoryRegion = session.createStateConfig({
  initial: 'idle',
  states: {
    idle: { always: { guard: 'summaryDue', target: 'summarising' } },
    summarising: {
      entry: 'beginSummary',
      invoke: {
        id: 'summarise',
        src: 'summarise',
        input: ({ context }) => summariseInput(context),
        onDone: {
          target: 'idle',
          actions: enqueueActions(({ context, event, enqueue }) => {
            const { data: output } = summariseOutput.safeParse(event.output);
            enqueue.assign(output === undefined ? summariseFailed(context) : summarised(context, output));
          }),
        },
        onError: { target: 'idle', actions: assign(({ context }) => summariseFailed(context)) },
      },
      // After /reset, what it was to be about is gone.
      on: { 'work.stop': { guard: 'nothingKept', target: 'idle', actions: 'forgetSummary' } },
    },
  },
});
