/** Begins a sandbox of a machine, for one of the assistants that use it. */
import { type ReactNode, useState } from 'react';
import { problemText } from './problem-text.ts';
import { useSession } from './session-context.ts';

interface BeginProps {
  readonly machine: { readonly id: string; readonly version: number; readonly assistants: readonly string[] };
}

export function BeginSandbox({ machine }: BeginProps): ReactNode {
  const { words, api, show } = useSession();
  const { assistants } = machine;
  const [chosen, setChosen] = useState('');
  const [problem, setProblem] = useState<string>();
  const assistant = assistants.find((one) => one === chosen) ?? assistants[0];
  // A machine that no assistant uses has nobody's code and texts.
  if (assistant === undefined) return null;
  const begin = async (): Promise<void> => {
    try {
      show({ sandbox: (await api.begin(machine, assistant)).id });
    } catch (error) {
      setProblem(problemText(error, words.problems, words.problems.noMachine));
    }
  };
  return (
    <>
      <form
        className="life-begin"
        onSubmit={(submitted) => {
          submitted.preventDefault();
          void begin();
        }}
      >
        <button type="submit" className="button">
          {words.tryMachine}
        </button>
        {assistants.length > 1 && (
          <label>
            {words.ofAssistant}{' '}
            <select value={assistant} onChange={({ target }) => setChosen(target.value)}>
              {assistants.map((one) => (
                <option key={one}>{one}</option>
              ))}
            </select>
          </label>
        )}
      </form>
      {problem !== undefined && <p role="alert">{problem}</p>}
    </>
  );
}
