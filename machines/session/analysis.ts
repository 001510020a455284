/**
 * Analysis region (S4). It holds the phases of the one open analysis, and the question whether a
 * new one may replace it. Owns the `analyse` invocation.
 *
 * Invariants
 * 1. At most one analysis runs.
 * 2. A human who takes over stops it.
 * 3. If a replacement yields nothing, the analysis before it is open again.
 */
import { and } from 'xstate';
import { analyseInput } from './analysis-changes.ts';
import { session } from './analysis-setup.ts';
import { analyseOutput } from './runs.ts';

const START = {
  'analysis.request': { target: 'running', actions: 'beginAnalysis' },
  'analysis.start': { target: 'running', actions: 'beginAnalysis' },
} as const;

/** What was open before is open again. */
const FAILED = [
  { guard: 'replacesAnalysis', target: 'completed', actions: 'failAnalysis' },
  { target: 'failed', actions: 'failAnalysis' },
] as const;

const ACTIVITY = { target: 'completed', reenter: true } as const;

/** Any phase may follow any other. A run goes back to thinking after a tool. */
const PROGRESS = (['starting', 'thinking', 'tool', 'writing'] as const).map((phase) => ({
  guard: ({ event }: { event: { type: string } }) => 'phase' in event && event.phase === phase,
  target: `.${phase}` as const,
}));

const phases = session.createStateConfig({
  initial: 'none',
  states: {
    none: { on: START },
    running: {
      initial: 'starting',
      always: [
        { guard: and(['botSilent', 'replacesAnalysis']), target: 'completed', actions: 'giveUpAnalysis' },
        { guard: 'botSilent', target: 'stopped' },
      ],
      invoke: {
        id: 'analyse',
        src: 'analyse',
        input: ({ context }) => analyseInput(context),
        onDone: [
          {
            guard: ({ event }) => analyseOutput.safeParse(event.output).data?.failed === false,
            target: 'completed',
            actions: 'tellAnalysis',
          },
          {
            guard: ({ context, event }) => context.analysis?.before !== undefined && analyseOutput.safeParse(event.output).success,
            target: 'completed',
            actions: 'tellAnalysis',
          },
          { guard: ({ event }) => analyseOutput.safeParse(event.output).success, target: 'failed', actions: 'tellAnalysis' },
          ...FAILED,
        ],
        onError: [
          { guard: and(['stoppedElsewhere', 'replacesAnalysis']), target: 'completed', actions: ['giveUpAnalysis', 'tellStopped'] },
          { guard: 'stoppedElsewhere', target: 'stopped', actions: 'tellStopped' },
          ...FAILED,
        ],
      },
      on: {
        'analysis.progress': PROGRESS,
        'analysis.start': { target: 'running', reenter: true, actions: 'beginAnalysis' },
        'work.stop': [{ guard: 'replacesAnalysis', target: 'completed', actions: 'giveUpAnalysis' }, { target: 'stopped' }],
      },
      states: { starting: {}, thinking: {}, tool: {}, writing: {} },
    },
    completed: {
      after: { analysisExpiry: 'expired' },
      on: {
        'analysis.start': START['analysis.start'],
        'analysis.drop': { target: 'none', actions: 'forgetAnalysis' },
        'customer.message': ACTIVITY,
        'agent.message': ACTIVITY,
        'answer.given': ACTIVITY,
      },
    },
    stopped: { entry: 'forgetAnalysis', on: START },
    failed: { on: START },
    expired: { entry: 'forgetAnalysis', on: START },
  },
});

const confirmation = session.createStateConfig({
  initial: 'none',
  states: {
    none: { on: { 'analysis.request': { guard: 'analysisOpen', target: 'asked', actions: 'proposeAnalysis' } } },
    asked: {
      always: { guard: 'botSilent', target: 'none' },
      exit: 'forgetProposal',
      after: { confirmation: 'none' },
      on: {
        'analysis.request': { target: 'asked', reenter: true, actions: 'proposeAnalysis' },
        'analysis.start': 'none',
        'confirmation.drop': 'none',
        'work.stop': 'none',
      },
    },
  },
});

export const analysisRegion = session.createStateConfig({ type: 'parallel', states: { phases, confirmation } });
