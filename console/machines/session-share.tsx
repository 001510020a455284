/** Makes a link that shows the session up to a step, and takes it back. */
import { type ReactNode, useState } from 'react';
import { CopyButton } from './copy-link.tsx';
import { problemText } from './problem-text.ts';
import type { SharedLink } from './session-api.ts';
import { useSession } from './session-context.ts';

interface ShareProps {
  readonly session: string;
  /** Undefined while no step is shown. */
  readonly seq: number | undefined;
}

export function ShareStep({ session, seq }: ShareProps): ReactNode {
  const { words, times, api, origin } = useSession();
  const [link, setLink] = useState<SharedLink | 'ended'>();
  const [problem, setProblem] = useState<string>();
  const attempt = (work: Promise<SharedLink | 'ended'>): void =>
    void work.then(
      (made) => {
        setLink(made);
        setProblem(undefined);
      },
      (error: unknown) => setProblem(problemText(error, words.problems, words.problems.noSession)),
    );
  return (
    <>
      <button
        type="button"
        className="life-button"
        disabled={seq === undefined}
        onClick={() => seq !== undefined && attempt(api.share(session, seq))}
      >
        {words.share}
      </button>
      {problem !== undefined && <p role="alert">{problem}</p>}
      {link === 'ended' && <p role="status">{words.unshared}</p>}
      {link !== undefined && link !== 'ended' && (
        <div className="life-shared life-part" role="status">
          <p>
            {words.shared} · {words.expires(times.whole(link.expiresAt))}
          </p>
          <output className="life-link">{origin + link.path}</output>
          <div className="life-actions">
            <CopyButton text={origin + link.path} />
            <button type="button" className="life-button" onClick={() => attempt(api.unshare(link.id).then(() => 'ended' as const))}>
              {words.unshare}
            </button>
          </div>
        </div>
      )}
    </>
  );
}
