/** Leads from a dialog that chooses something saved to the dialog that edits it. */
import type { ReactNode } from 'react';
import { useConsole } from './page-context.ts';

export function LibraryLink({ onClose }: { readonly onClose: () => void }): ReactNode {
  const { strings, run } = useConsole();
  return (
    <div className="dialog-row end">
      <button
        type="button"
        className="link"
        onClick={() => {
          onClose();
          setTimeout(() => run('library'));
        }}
      >
        {strings.actions.library}
      </button>
    </div>
  );
}
