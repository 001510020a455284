/** Begins a sandbox of a machine, for one of the assistants that use it. */
import { type ReactNode, useMemo, useState } from 'react';
import { exampleOf, type Given, inputFields, readFields } from './event-form.ts';
import { FormFields } from './form-fields.tsx';
import type { ListedMachine } from './machines-api.ts';
import { problemText } from './problem-text.ts';
import { useSession } from './session-context.ts';

export function BeginSandbox({ machine }: { readonly machine: ListedMachine }): ReactNode {
  const { words, api, show } = useSession();
  const { assistants } = machine;
  const fields = useMemo(() => inputFields(machine.input), [machine.input]);
  const [isOpen, setOpen] = useState(false);
  const [given, setGiven] = useState<Given>({});
  const [wrong, setWrong] = useState<string>();
  const [chosen, setChosen] = useState('');
  const [problem, setProblem] = useState<string>();
  const assistant = assistants.find((one) => one === chosen) ?? assistants[0];
  // A machine that no assistant uses has nobody's code and texts.
  if (assistant === undefined) return null;
  const values = { ...exampleOf({ fields }, 1, 0), ...given };
  const begin = async (): Promise<void> => {
    const read = readFields(fields, values);
    setWrong('wrong' in read ? read.wrong : undefined);
    if ('wrong' in read) return;
    try {
      show({ sandbox: (await api.begin(machine, assistant, fields.length === 0 ? undefined : read.value)).id });
    } catch (error) {
      setProblem(problemText(error, words.problems, words.problems.noMachine));
    }
  };
  // What a machine needs is asked for first.
  const asks = fields.length > 0 && !isOpen;
  return (
    <form
      className="life-begin"
      onSubmit={(submitted) => {
        submitted.preventDefault();
        if (asks) setOpen(true);
        else void begin();
      }}
    >
      {fields.length > 0 && isOpen && (
        <FormFields fields={fields} values={values} wrong={wrong} onChange={(changed) => setGiven({ ...given, ...changed })} />
      )}
      <button type="submit" className="button" aria-expanded={fields.length === 0 ? undefined : isOpen}>
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
      {problem !== undefined && <p role="alert">{problem}</p>}
    </form>
  );
}
