/** What was sent to an endpoint, and sending it again. */
import { type ReactNode, useCallback, useEffect, useState } from 'react';
import { useForm } from 'react-hook-form';
import { ApiRefusal } from '../inbox/api-request.ts';
import { FormField } from '../inbox/form-field.tsx';
import { useLoaded } from '../inbox/use-loaded.ts';
import { Pending } from './pending.tsx';
import { useTeam } from './team-context.ts';
import type { WebhookDelivery } from './webhooks-api.ts';
import { webhooksWords } from './webhooks-words.ts';

export function WebhookLog({ endpointId, host }: { readonly endpointId: string; readonly host: string }): ReactNode {
  const { webhooks, words: team, formats, language, now } = useTeam();
  const words = webhooksWords[language];
  const [failed, setFailed] = useState(false);
  const [older, setOlder] = useState<readonly WebhookDelivery[]>([]);
  const [next, setNext] = useState<string | null>();
  const [news, setNews] = useState('');
  const [problem, setProblem] = useState('');
  const load = useCallback(() => webhooks.deliveries(endpointId, { failed, cursor: null }), [webhooks, endpointId, failed]);
  const { loaded, reload } = useLoaded(load);
  // Another filter begins at the newest again.
  useEffect(() => {
    if (load === undefined) return;
    setOlder([]);
    setNext(undefined);
  }, [load]);
  const failedWith = (error: unknown): void =>
    setProblem(error instanceof ApiRefusal && error.message !== '' ? error.message : team.failed);
  const again = async (work: () => Promise<number>): Promise<void> => {
    setProblem('');
    await work().then((count) => setNews(words.replayed(formats.number(count))), failedWith);
    await reload();
  };
  if (loaded.status !== 'loaded') return <Pending status={loaded.status} onRetry={() => void reload()} />;
  const cursor = next === undefined ? loaded.value.next : next;
  const when = (at: number): string => `${formats.day(at, now())} ${formats.time(at)}`;
  const rows = [...loaded.value.deliveries, ...older];
  return (
    <div className="webhook-log">
      <label className="toggle">
        <input type="checkbox" checked={failed} onChange={(event) => setFailed(event.currentTarget.checked)} />
        <span>{words.onlyFailed}</span>
      </label>
      {rows.length === 0 ? (
        <p className="hint">{words.noLog}</p>
      ) : (
        <section className="table-scroller" aria-label={words.logOf(host)} tabIndex={0}>
          <table className="data-table">
            <caption className="visually-hidden">{words.logOf(host)}</caption>
            <thead>
              <tr>
                {[words.at, words.event, words.result, words.attempt, words.took, words.answer, words.sendAgain].map((head) => (
                  <th key={head} scope="col">
                    {head}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((one) => (
                <tr key={one.id} data-outcome={one.outcome}>
                  <td>{when(one.at)}</td>
                  <td>
                    {words.eventNames[one.event] ?? one.event}
                    {one.replay && <span className="hint"> {words.again}</span>}
                  </td>
                  <td>
                    <bdi>{one.reason ?? formats.number(one.status ?? 0)}</bdi>
                  </td>
                  <td>{formats.number(one.attempt)}</td>
                  <td>{words.ms(formats.number(one.latencyMs))}</td>
                  <td>
                    <code dir="auto">{one.answer}</code>
                  </td>
                  <td>
                    {one.sessionId !== null && (
                      <button
                        type="button"
                        className="button"
                        aria-label={words.sendAgainOf(words.eventNames[one.event] ?? one.event, when(one.at))}
                        onClick={() =>
                          void again(async () => {
                            await webhooks.replay(endpointId, one.id);
                            return 1;
                          })
                        }
                      >
                        {words.sendAgain}
                      </button>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
      {cursor !== null && (
        <button
          type="button"
          className="button"
          onClick={() =>
            void webhooks.deliveries(endpointId, { failed, cursor }).then((page) => {
              setOlder((before) => [...before, ...page.deliveries]);
              setNext(page.next);
            }, failedWith)
          }
        >
          {words.more}
        </button>
      )}
      <RangeForm onRange={(from, to) => again(() => webhooks.replayRange(endpointId, from, to))} />
      <p role="status" className="team-news">
        {news}
      </p>
      {problem !== '' && (
        <p className="bad-notice" role="alert" dir="auto">
          {problem}
        </p>
      )}
    </div>
  );
}

function RangeForm({ onRange }: { readonly onRange: (from: number, to: number) => Promise<void> }): ReactNode {
  const { language } = useTeam();
  const words = webhooksWords[language];
  const { register, handleSubmit, setError, formState } = useForm<{ readonly from: string; readonly to: string }>({
    defaultValues: { from: '', to: '' },
  });
  const send = handleSubmit(async ({ from, to }) => {
    const [begin, end] = [Date.parse(from), Date.parse(to)];
    if (begin < end) await onRange(begin, end);
    else setError('to', { message: words.badRange });
  });
  return (
    <form className="team-row webhook-range" onSubmit={(event) => void send(event)} noValidate>
      <FormField label={words.from} autoComplete="off" type="datetime-local" input={register('from')} />
      <FormField label={words.to} autoComplete="off" type="datetime-local" error={formState.errors.to?.message} input={register('to')} />
      <button type="submit" className="button" disabled={formState.isSubmitting}>
        {words.sendRange}
      </button>
      <p className="hint">{words.rangeHint}</p>
    </form>
  );
}
