/** A secret that was just made. */
import { type ReactNode, useEffect, useId, useRef } from 'react';
import { CopyButton } from '../text/copy-button.tsx';

interface ShownSecretProps {
  readonly label: string;
  readonly secret: string;
  /** Of the button that copies it. */
  readonly copy: string;
  readonly hint: string;
}

/** It is shown once, so it is where the focus is. */
export function ShownSecret({ label, secret, copy, hint }: ShownSecretProps): ReactNode {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.select(), []);
  return (
    <div className="issued" role="status">
      <label htmlFor={id}>{label}</label>
      <div className="team-row">
        <input id={id} ref={field} dir="ltr" readOnly value={secret} aria-describedby={`${id}-hint`} />
        <CopyButton label={copy} content={() => ({ text: secret })} />
      </div>
      <p className="hint" id={`${id}-hint`}>
        {hint}
      </p>
    </div>
  );
}
