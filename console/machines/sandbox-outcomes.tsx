/** Outcomes that are chosen in a sandbox, of invocations and of guards. */
import { type ReactNode, useState } from 'react';
import type { SandboxState } from './session-api.ts';
import { useSession } from './session-context.ts';

interface OutcomesProps {
  readonly state: SandboxState;
  readonly play: (step: object) => void;
  readonly run: (serial: number, model: 'offline' | 'real') => void;
}

export function SandboxOutcomes({ state, play, run }: OutcomesProps): ReactNode {
  const { words } = useSession();
  return (
    <>
      {state.invocations.length > 0 && (
        <section className="life-part">
          <h2>{words.waiting}</h2>
          {state.invocations.map(({ serial, id, models }) => (
            <Invocation key={serial} name={id} models={models} play={play} serial={serial} run={run} />
          ))}
        </section>
      )}
      {state.guards.length > 0 && (
        <details className="life-part">
          <summary>{words.guards}</summary>
          {state.guards.map(({ name, forced }) => (
            <label key={name} className="life-guard">
              <span dir="ltr">{name}</span>
              <select
                value={String(forced)}
                onChange={({ target }) =>
                  play({ do: 'force', guard: name, outcome: target.value === 'null' ? null : target.value === 'true' })
                }
              >
                <option value="null">{words.guardOwn}</option>
                <option value="true">{words.guardTrue}</option>
                <option value="false">{words.guardFalse}</option>
              </select>
            </label>
          ))}
        </details>
      )}
    </>
  );
}

interface InvocationProps extends Pick<OutcomesProps, 'play' | 'run'> {
  readonly serial: number;
  readonly name: string;
  readonly models: readonly ('offline' | 'real')[];
}

function Invocation({ serial, name, models, play, run }: InvocationProps): ReactNode {
  const { words } = useSession();
  const [output, setOutput] = useState('{"text":"An answer"}');
  const [bad, setBad] = useState(false);
  const settle = (): void => {
    try {
      play({ do: 'settle', serial, output: JSON.parse(output) });
      setBad(false);
    } catch {
      setBad(true);
    }
  };
  return (
    <div className="life-form">
      <label>
        <span dir="ltr">{name}</span> · {words.output}
        <textarea dir="ltr" rows={3} value={output} onChange={({ target }) => setOutput(target.value)} />
      </label>
      {bad && <p role="alert">{words.badJson}</p>}
      <div className="life-actions">
        <button type="button" className="life-button" onClick={settle}>
          {words.settle}
        </button>
        <button type="button" className="life-button" onClick={() => play({ do: 'fail', serial, reason: 'it failed in the sandbox' })}>
          {words.failRun}
        </button>
        {models.map((model) => (
          <button key={model} type="button" className="life-button" onClick={() => run(serial, model)}>
            {words.runWith(model)}
          </button>
        ))}
      </div>
    </div>
  );
}
