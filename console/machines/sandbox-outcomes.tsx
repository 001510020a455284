/** Outcomes that are chosen in a sandbox, of invocations and of guards. */
import { type ReactNode, useState } from 'react';
import type { SandboxState } from './session-api.ts';
import { Opened } from './session-changes.tsx';
import { useSession } from './session-context.ts';

interface OutcomesProps {
  readonly state: SandboxState;
  readonly play: (step: object) => void;
  readonly run: (serial: number, model: 'offline' | 'real') => void;
}

type Invocation = SandboxState['invocations'][number];

export function SandboxOutcomes({ state, play, run }: OutcomesProps): ReactNode {
  const { words } = useSession();
  return (
    <>
      {state.invocations.length > 0 && (
        <section className="life-part">
          <h2>{words.waiting}</h2>
          {state.invocations.map((invocation) => (
            <InvocationOutcome key={invocation.serial} invocation={invocation} play={play} run={run} />
          ))}
        </section>
      )}
      {state.guards.length > 0 && (
        <details className="life-part">
          <summary>
            {words.guards}
            {state.guards.some(({ forced }) => forced !== null) && ` (${state.guards.filter(({ forced }) => forced !== null).length})`}
          </summary>
          {state.guards.map(({ name, forced }) => (
            <label key={name} className="life-guard">
              <bdi dir="ltr">{name}</bdi>
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

/** What the code of the session machine's runs gives, to begin with. */
const EXAMPLES: Readonly<Record<string, string>> = {
  analyse: '{"text": "A report", "summary": "What it found"}',
  summarise: '{"text": "What was said before"}',
};
const ANSWER = '{"text": "An answer"}';

interface InvocationProps extends Pick<OutcomesProps, 'play' | 'run'> {
  readonly invocation: Invocation;
}

function InvocationOutcome({ invocation, play, run }: InvocationProps): ReactNode {
  const { words } = useSession();
  const { serial, id, input, givesOutput, models } = invocation;
  const [text, setText] = useState(givesOutput ? (EXAMPLES[id] ?? ANSWER) : '{"type": ""}');
  const [bad, setBad] = useState(false);
  const end = (): void => {
    try {
      const value: unknown = JSON.parse(text);
      setBad(false);
      play(givesOutput ? { do: 'settle', serial, output: value } : { do: 'signal', serial, to: 'parent', event: value });
    } catch {
      setBad(true);
    }
  };
  return (
    <div className="life-form">
      {models.length > 0 && (
        <div className="life-actions">
          {models.map((model) => (
            <button key={model} type="button" className="life-button life-primary" onClick={() => run(serial, model)}>
              {words.runWith(model)}
            </button>
          ))}
        </div>
      )}
      <label>
        <span>
          <bdi dir="ltr">{id}</bdi> · {givesOutput ? words.output : words.eventAsJson}
        </span>
        <textarea dir="ltr" rows={3} value={text} aria-invalid={bad} onChange={({ target }) => setText(target.value)} />
      </label>
      {bad && <p role="alert">{words.badJson}</p>}
      <div className="life-actions">
        <button type="button" className="life-button" onClick={end}>
          {givesOutput ? words.settle : words.signal}
        </button>
        <button type="button" className="life-button" onClick={() => play({ do: 'fail', serial, reason: 'it failed in the sandbox' })}>
          {words.failRun}
        </button>
      </div>
      <Opened title={words.given} value={input} />
    </div>
  );
}
