/** Chooses a template of the channel, fills it in, and sends it. */
import { type FormEvent, type ReactNode, useCallback, useId, useState } from 'react';
import { CommandError } from '../client/request.ts';
import { folded } from './canned-text.ts';
import { ChoiceList } from './choice-list.tsx';
import { Dialog } from './dialog.tsx';
import { useConsole, useDesk } from './page-context.ts';
import { type Problem, problemOf, problemText } from './problem.ts';
import { type Template, textOf } from './templates.ts';
import { useLoaded } from './use-loaded.ts';

export function TemplateDialog({ onClose }: { readonly onClose: () => void }): ReactNode {
  const { tools, strings } = useConsole();
  const { selected } = useDesk();
  const words = strings.tools.templates;
  const [query, setQuery] = useState('');
  const [chosen, setChosen] = useState<Template>();
  const { loaded, reload } = useLoaded(useCallback(() => tools.templates(selected ?? ''), [tools, selected]));
  if (chosen !== undefined) return <SendDialog template={chosen} onClose={onClose} />;
  const found = loaded.status === 'loaded' ? loaded.value : [];
  const choices = found
    .filter(({ name, body }) => folded(`${name} ${body}`).includes(folded(query)))
    .map((one) => ({
      id: `${one.name} ${one.language}`,
      label: `${one.name} · ${one.language}`,
      detail: one.body,
      choose: () => setChosen(one),
    }));
  return (
    <Dialog title={words.title} onClose={onClose} className="palette">
      {loaded.status === 'failed' ? (
        <div className="dialog-row">
          <p role="alert">{words.failed}</p>
          <button type="button" className="button" onClick={() => void reload()}>
            {strings.signIn.retry}
          </button>
        </div>
      ) : (
        <ChoiceList
          label={words.title}
          placeholder={words.title}
          query={query}
          onQuery={setQuery}
          choices={choices}
          none={loaded.status === 'loading' ? strings.loading : query === '' ? words.none : words.noneFound}
        />
      )}
    </Dialog>
  );
}

function SendDialog({ template, onClose }: { readonly template: Template; readonly onClose: () => void }): ReactNode {
  const { tools, strings } = useConsole();
  const { selected, seen } = useDesk();
  const words = strings.tools.templates;
  const id = useId();
  const [parameters, setParameters] = useState<readonly string[]>(() => Array.from({ length: template.parameters }, () => ''));
  const [isSending, setSending] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  // What was shown is what is answered, also if an entry comes meanwhile.
  const [seenAtFirst] = useState(seen);
  const text = textOf(template, parameters);
  const isComplete = parameters.every((value) => value.trim() !== '');
  const send = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (selected === undefined || !isComplete || isSending) return;
    setSending(true);
    const { name, language } = template;
    const values = parameters.map((value) => value.trim());
    try {
      const { ignored, sessionId } = await tools.send({
        type: 'send',
        sessionId: selected,
        text,
        template: { name, language, parameters: values },
        seen: problem?.kind === 'unseen' ? problem.seq : seenAtFirst,
      });
      if (ignored === undefined) {
        onClose();
        // A closed session stays closed. The next one has the template.
        if (sessionId !== undefined && sessionId !== selected) tools.open(sessionId);
        return;
      }
      setProblem({ kind: 'refused', message: ignored });
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      setProblem(problemOf(error));
      // The customer has written into the next session. It is read before the template goes there.
      if (error.code === 'unseen' && error.sessionId !== undefined) tools.open(error.sessionId);
    }
    setSending(false);
  };
  return (
    <Dialog title={template.name} onClose={onClose}>
      <form className="template-form" onSubmit={(event) => void send(event)}>
        {parameters.map((value, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: A parameter is its place.
          <div key={index}>
            <label htmlFor={`${id}-${index}`}>{words.parameter(index + 1)}</label>
            <input
              id={`${id}-${index}`}
              dir="auto"
              autoComplete="off"
              required
              maxLength={MOST_PARAMETER}
              value={value}
              onChange={({ target }) => setParameters(parameters.with(index, target.value))}
            />
          </div>
        ))}
        <p className="hint">{words.preview}</p>
        <p className="template-text" dir="auto" lang={template.language.replace('_', '-')}>
          {text}
        </p>
        {problem !== undefined && (
          <p className="attachment-problem" role="alert" dir="auto">
            {problemText(problem, strings)}
          </p>
        )}
        <div className="dialog-row end">
          <button type="button" className="button quiet" onClick={onClose}>
            {strings.cancel}
          </button>
          <button type="submit" className="button primary" disabled={!isComplete || isSending} aria-busy={isSending}>
            {problem?.kind === 'unseen' ? strings.composer.sendAgain : strings.composer.send}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** The server takes no more characters. */
const MOST_PARAMETER = 1_024;
