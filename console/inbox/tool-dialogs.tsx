/** The dialogs of the agent's tools. */
import type { ReactNode } from 'react';
import { CannedDialog } from './canned-dialog.tsx';
import { ContactDialog, LinkDialog, PlaceDialog } from './card-dialogs.tsx';
import { LibraryDialog } from './library-dialog.tsx';
import { MacroDialog } from './macro-dialog.tsx';
import { MentionsDialog } from './mentions-dialog.tsx';
import { SearchDialog } from './search-dialog.tsx';
import { TemplateDialog } from './template-dialog.tsx';

const DIALOGS = {
  addPlace: PlaceDialog,
  addContact: ContactDialog,
  addLink: LinkDialog,
  canned: CannedDialog,
  macros: MacroDialog,
  library: LibraryDialog,
  search: SearchDialog,
  mentions: MentionsDialog,
  template: TemplateDialog,
} as const;

export type ToolAction = keyof typeof DIALOGS;

export function isToolAction(action: string | undefined): action is ToolAction {
  return action !== undefined && Object.hasOwn(DIALOGS, action);
}

export function ToolDialog({ action, onClose }: { readonly action: ToolAction; readonly onClose: () => void }): ReactNode {
  const Shown = DIALOGS[action];
  return <Shown onClose={onClose} />;
}
