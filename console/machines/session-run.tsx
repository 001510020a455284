/** A run, opened to its input, its prompt, its tool calls, its tokens and its cost. */
import { type ReactNode, useState } from 'react';
import * as z from 'zod/mini';
import type { Json, Moment } from './session-api.ts';
import { Data } from './session-changes.tsx';
import { useSession } from './session-context.ts';

const call = z.object({
  tool: z.string(),
  input: z.json(),
  result: z.optional(z.string()),
  ok: z.optional(z.boolean()),
  ms: z.optional(z.number()),
});
/** What an outcome of the session machine's runs says of the run. */
const outcome = z.object({
  usage: z.optional(z.object({ tokensIn: z.number(), tokensOut: z.number(), costMicros: z.number(), toolCalls: z.number() })),
  calls: z.optional(z.array(call)),
  model: z.nullish(z.string()),
});
/** An event that a run sent. Promises end with `data`, and other logic with `output`. */
const ended = z.object({ data: z.optional(outcome), output: z.optional(outcome), usage: outcome.shape.usage });

interface RunProps {
  readonly session: string;
  readonly id: string;
  /** The step that started it. */
  readonly startSeq: number;
  /** The step of its last event. Undefined if there is none. */
  readonly endSeq: number | undefined;
  /** The moment on the page, which is one of the two. */
  readonly shown: Moment;
  readonly serial: number;
  readonly onStep: (seq: number) => void;
}

type Both = { readonly start: Moment | undefined; readonly end: Moment | undefined };

export function RunView({ session, id, serial, startSeq, endSeq, shown, onStep }: RunProps): ReactNode {
  const { api, words } = useSession();
  const [both, setBoth] = useState<Both>();
  const [failed, setFailed] = useState(false);
  const at = async (seq: number | undefined): Promise<Moment | undefined> => {
    if (seq === undefined) return undefined;
    return seq === shown.seq ? shown : api.moment(session, seq);
  };
  const open = (): void => {
    if (both !== undefined) return;
    Promise.all([at(startSeq), at(endSeq)]).then(
      ([start, end]) => setBoth({ start, end }),
      () => setFailed(true),
    );
  };
  return (
    <details className="life-part life-run" onToggle={({ currentTarget }) => currentTarget.open && open()}>
      <summary>
        {words.run(id)} <span className="life-quiet">· {words.runOpen}</span>
      </summary>
      <div className="life-actions">
        {[startSeq, ...(endSeq === undefined ? [] : [endSeq])]
          .filter((seq) => seq !== shown.seq)
          .map((seq) => (
            <button key={seq} type="button" className="life-button" onClick={() => onStep(seq)}>
              {words.toStep(seq)}
            </button>
          ))}
      </div>
      {failed && <p role="alert">{words.failed}</p>}
      {both !== undefined && <Run serial={serial} {...both} />}
    </details>
  );
}

function Run({ start, end, serial }: Both & { readonly serial: number }): ReactNode {
  const { words, times, formats } = useSession();
  const { data: known } = ended.safeParse(end?.cause.event);
  const { usage = known?.usage, calls, model } = known?.data ?? known?.output ?? {};
  const began = start?.started.find((one) => one.serial === serial);
  return (
    <>
      {end === undefined ? (
        <p className="life-quiet">{words.noOutcome}</p>
      ) : (
        <p>
          {[
            ...(usage === undefined
              ? []
              : [
                  words.tokens(formats.number(usage.tokensIn), formats.number(usage.tokensOut)),
                  words.cost(formats.money(usage.costMicros / 1_000_000)),
                ]),
            ...(model ? [words.model(model)] : []),
            ...(start === undefined ? [] : [words.took(times.duration(Math.max(0, end.cause.at - start.cause.at)))]),
          ].join(' · ')}
        </p>
      )}
      {usage !== undefined && <Calls calls={calls} count={usage.toolCalls} />}
      <h3>{words.prompt}</h3>
      {start?.prompt ? <Prompt prompt={start.prompt} /> : <p className="life-quiet">{words.noPrompt}</p>}
      {began !== undefined && <Inner title={words.runInput} value={began.input} />}
      {end?.cause.event !== undefined && <Inner title={words.runOutcome} value={end.cause.event} />}
    </>
  );
}

function Calls({ calls, count }: { readonly calls: z.infer<typeof outcome>['calls']; readonly count: number }): ReactNode {
  const { words, times } = useSession();
  if (count === 0) return <p className="life-quiet">{words.noTools}</p>;
  return (
    <>
      <h3>{words.tools}</h3>
      {calls === undefined && <p className="life-quiet">{words.toolsUnkept(count)}</p>}
      {calls?.map(({ tool, input, result, ok, ms }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: The calls of a run that ended stay as they are.
        <details key={index} className="life-call">
          <summary>
            <bdi>{tool}</bdi>
            {ms !== undefined && <span className="life-quiet"> · {times.duration(ms)}</span>}
            {ok === false && <strong> · {words.toolFailed}</strong>}
          </summary>
          <h4>{words.toolInput}</h4>
          <Data value={input} />
          {result !== undefined && (
            <>
              <h4>{words.toolResult}</h4>
              <Data value={result} />
            </>
          )}
        </details>
      ))}
    </>
  );
}

function Prompt({ prompt: { system, messages } }: { readonly prompt: NonNullable<Moment['prompt']> }): ReactNode {
  return (
    <ol className="life-prompt" tabIndex={0}>
      {[...system.map(({ text }) => ({ role: 'system', text })), ...messages].map(({ role, text }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: A prompt of the past stays as it is.
        <li key={index}>
          <strong>{role}</strong>
          <div dir="auto">{text}</div>
        </li>
      ))}
    </ol>
  );
}

function Inner({ title, value }: { readonly title: string; readonly value: Json }): ReactNode {
  return (
    <details className="life-call">
      <summary>{title}</summary>
      <Data value={value} />
    </details>
  );
}
