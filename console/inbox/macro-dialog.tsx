/** Chooses a macro, shows what it will do, and runs it on the selected session. */
import { type ReactNode, useRef, useState } from 'react';
import type { Macro } from '../client/library.ts';
import { folded } from './canned-text.ts';
import { ChoiceList } from './choice-list.tsx';
import { useFilling } from './composer-insertion.ts';
import { Dialog } from './dialog.tsx';
import type { Saved } from './library.ts';
import { LibraryLink } from './library-link.tsx';
import { type PreparedStep, prepared, runSteps, type StepFault, sendsText } from './macro-runner.ts';
import { useConsole, useDesk, useObserved } from './page-context.ts';
import { type Problem, problemText } from './problem.ts';
import type { Strings } from './strings.ts';

export function MacroDialog({ onClose }: { readonly onClose: () => void }): ReactNode {
  const { tools, strings } = useConsole();
  const { macros } = useObserved(tools.library.state);
  const [query, setQuery] = useState('');
  const [chosen, setChosen] = useState<Saved<Macro>>();
  const words = strings.tools.macros;
  if (chosen !== undefined) return <RunDialog macro={chosen.item} onClose={onClose} />;
  const choices = macros
    .filter(({ item }) => folded(item.name).includes(folded(query)))
    .map((one) => ({
      id: one.id,
      label: one.item.name,
      detail: one.item.steps.map(({ type }) => words.kinds[type] ?? type).join(' → '),
      choose: () => setChosen(one),
    }));
  return (
    <Dialog title={words.title} onClose={onClose} className="palette">
      <ChoiceList label={words.title} placeholder={words.title} query={query} onQuery={setQuery} choices={choices} none={words.none} />
      <LibraryLink onClose={onClose} />
    </Dialog>
  );
}

type Progress = 'ready' | 'running' | { readonly done: number; readonly problem: Problem | undefined };

function RunDialog({ macro, onClose }: { readonly macro: Macro; readonly onClose: () => void }): ReactNode {
  const { tools, strings } = useConsole();
  const { selected, seen } = useDesk();
  const { canned } = useObserved(tools.library.state);
  const filling = useFilling();
  const [progress, setProgress] = useState<Progress>('ready');
  const words = strings.tools.macros;
  // What was shown is what is run, also if an entry is seen meanwhile.
  const steps = useRef<readonly PreparedStep[]>(undefined);
  steps.current ??= prepared(macro, { sessionId: selected ?? '', seen, canned, ...filling });
  const shown = steps.current;
  const isRunnable = selected !== undefined && shown.every(({ fault }) => fault === undefined);
  const run = async (): Promise<void> => {
    setProgress('running');
    setProgress(await runSteps(shown, tools.send));
  };
  const result = typeof progress === 'string' ? undefined : progress;
  return (
    <Dialog title={macro.name} onClose={onClose}>
      {progress === 'ready' && sendsText(shown) && <p className="dialog-note">{words.sendsText}</p>}
      <ol className="macro-steps">
        {shown.map(({ type, text, request, fault }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: Steps have nothing else.
          <li key={index} data-done={result !== undefined && index < result.done}>
            <span>{words.kinds[type] ?? type}</span>
            <span className="choice-detail" dir="auto">
              {text ?? detailOf(request, strings)}
            </span>
            {fault !== undefined && <span className="attachment-problem">{faultWords(fault, strings)}</span>}
          </li>
        ))}
      </ol>
      <div role="status">
        {progress === 'running' && <p>{words.running}</p>}
        {result !== undefined && result.problem === undefined && <p>{words.done(result.done)}</p>}
      </div>
      {result?.problem !== undefined && (
        <p className="attachment-problem" role="alert" dir="auto">
          {words.stopped(result.done, shown.length, problemText(result.problem, strings))}
        </p>
      )}
      <div className="dialog-row end">
        <button type="button" className="button quiet" onClick={onClose}>
          {result === undefined ? strings.cancel : strings.dismiss}
        </button>
        {result === undefined && (
          <button type="button" className="button primary" disabled={!isRunnable || progress === 'running'} onClick={() => void run()}>
            {sendsText(shown) ? words.runAndSend : words.run}
          </button>
        )}
      </div>
    </Dialog>
  );
}

/** What a step without a text changes, where it says so. */
function detailOf(request: PreparedStep['request'], { priority }: Strings): string | undefined {
  switch (request?.type) {
    case 'transfer':
      return request.queue;
    case 'close':
      return request.reason;
    case 'update': {
      const { add = [], remove = [] } = request.tags ?? {};
      const tags = [...add.map((tag) => `+ ${tag}`), ...remove.map((tag) => `− ${tag}`)];
      return [...tags, ...(request.priority === undefined ? [] : [priority[request.priority]])].join(', ');
    }
    default:
      return undefined;
  }
}

function faultWords(fault: StepFault, { tools: { macros } }: Strings): string {
  if (fault.kind === 'missing') return macros.missing(fault.names.join(', '));
  return fault.kind === 'no text' ? macros.noText : macros.unknown;
}
