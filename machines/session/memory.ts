/**
 * Memory region of session@2 (M2). When the window is full enough, a run summarises older messages
 * beside everything else.
 *
 * Owns the `summarise` invocation. Does not own when it is due and what it takes (window.ts).
 *
 * Invariants
 * 1. At most one `summarise` runs.
 * 2. No other region waits for it or reacts to it.
 * 3. A summary that fails or comes too late leaves everything as it was, and is retried when there
 *    are more messages.
 */
import { assign, enqueueActions } from 'xstate';
import { summariseOutput } from './runs.ts';
import { session } from './setup.ts';
import { summarised, summariseFailed, summariseInput } from './summary-changes.ts';

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
      // After /reset, the messages that it would summarise are gone.
      on: {
        'memory.drop': { target: 'idle', actions: 'forgetSummary' },
        'work.stop': { guard: 'nothingKept', target: 'idle', actions: 'forgetSummary' },
      },
    },
  },
});
