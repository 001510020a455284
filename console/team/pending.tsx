/** In place of what is not loaded. */
import type { ReactNode } from 'react';
import { useTeam } from './team-context.ts';

export function Pending({ status, onRetry }: { readonly status: 'loading' | 'failed'; readonly onRetry: () => void }): ReactNode {
  const { words } = useTeam();
  if (status === 'loading') return <p className="team-pending" aria-busy="true" />;
  return (
    <div className="team-pending" role="alert">
      <p>{words.failed}</p>
      <button type="button" className="button" onClick={onRetry}>
        {words.retry}
      </button>
    </div>
  );
}
