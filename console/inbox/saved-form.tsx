/** What the forms of saved items have in common. */
import type { ReactNode } from 'react';
import type { SavedItem } from '../client/library.ts';
import { useConsole, useDesk } from './page-context.ts';

export interface SavedFormProps {
  readonly isBusy: boolean;
  readonly problem: string | undefined;
  /** Undefined for a new item. */
  readonly isShared?: boolean;
  readonly onSave: (item: SavedItem, shared: boolean) => void;
  readonly onCancel: () => void;
}

export function FormEnd({
  isBusy,
  problem,
  isShared,
  onShare,
  onCancel,
}: Pick<SavedFormProps, 'isBusy' | 'problem' | 'onCancel'> & {
  readonly isShared: boolean;
  readonly onShare: (shared: boolean) => void;
}): ReactNode {
  const { strings } = useConsole();
  const { agent } = useDesk();
  return (
    <>
      {agent.role !== 'agent' && (
        <label className="toggle">
          <input type="checkbox" checked={isShared} onChange={(event) => onShare(event.target.checked)} />
          {strings.tools.share}
        </label>
      )}
      {problem !== undefined && (
        <p className="attachment-problem" role="alert" dir="auto">
          {problem}
        </p>
      )}
      <div className="dialog-row end">
        <button type="button" className="button quiet" onClick={onCancel}>
          {strings.cancel}
        </button>
        <button type="submit" className="button primary" disabled={isBusy}>
          {strings.tools.save}
        </button>
      </div>
    </>
  );
}
