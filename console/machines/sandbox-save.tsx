/** Saves a sandbox as a test file, and says how to run it. */
import { type ReactNode, useState } from 'react';
import { CopyButton } from './copy-link.tsx';
import { useMachines } from './machines-context.ts';
import { problemText } from './problem-text.ts';
import { useSession } from './session-context.ts';

/** @param version of the sandbox, whose steps the file has. */
export function SandboxSave({ id, version }: { readonly id: string; readonly version: number }): ReactNode {
  const { words, api } = useSession();
  const { save } = useMachines();
  const [title, setTitle] = useState('');
  const [saved, setSaved] = useState<{ readonly name: string; readonly version: number }>();
  const [problem, setProblem] = useState<string>();
  const download = async (): Promise<void> => {
    try {
      const { name, text } = await api.save(id, title.trim() || words.aSandbox);
      save(new Blob([text], { type: 'text/plain' }), name);
      setSaved({ name, version });
      setProblem(undefined);
    } catch (error) {
      setProblem(problemText(error, words.problems, words.problems.noSandbox));
    }
  };
  const command = saved?.version === version ? `node --test ${saved.name}` : undefined;
  return (
    <>
      <form
        onSubmit={(submitted) => {
          submitted.preventDefault();
          void download();
        }}
      >
        <input
          aria-label={words.testTitle}
          placeholder={words.testTitle}
          maxLength={200}
          value={title}
          onChange={({ target }) => setTitle(target.value)}
        />
        <button type="submit" className="life-button life-primary">
          {words.save}
        </button>
      </form>
      {problem !== undefined && <p role="alert">{problem}</p>}
      {saved !== undefined && command !== undefined && (
        <p role="status">
          {words.savedAs(saved.name)}{' '}
          <code className="life-link" dir="ltr">
            {command}
          </code>{' '}
          <CopyButton text={command} />
        </p>
      )}
    </>
  );
}
