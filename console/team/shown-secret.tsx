/** A secret that was just made. */
import { type ReactNode, useEffect, useId, useRef } from 'react';
import { CopyButton } from '../text/copy-button.tsx';
import { useTeam } from './team-context.ts';
import { webhooksWords } from './webhooks-words.ts';

/** It is shown once, so it is where the focus is. */
export function ShownSecret({ secret }: { readonly secret: string }): ReactNode {
  const { language } = useTeam();
  const words = webhooksWords[language];
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.select(), []);
  return (
    <div className="issued" role="status">
      <label htmlFor={id}>{words.secret}</label>
      <div className="team-row">
        <input id={id} ref={field} dir="ltr" readOnly value={secret} aria-describedby={`${id}-hint`} />
        <CopyButton label={words.copySecret} content={() => ({ text: secret })} />
      </div>
      <p className="hint" id={`${id}-hint`}>
        {words.secretOnce}
      </p>
    </div>
  );
}
