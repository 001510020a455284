/** Invitations: making a link, the link that was made, and those that can still be used. */
import { type ReactNode, useEffect, useId, useRef } from 'react';
import { useForm } from 'react-hook-form';
import { useLoaded } from '../inbox/use-loaded.ts';
import { CopyButton } from '../text/copy-button.tsx';
import { Pending } from './pending.tsx';
import { type IssuedInvitation, type Member, ROLES, type Role } from './team-api.ts';
import { useTeam } from './team-context.ts';

/** `member` sets a new password by it. */
export type Issued = IssuedInvitation & { readonly member?: Member };

interface InvitationsProps {
  readonly issued: Issued | undefined;
  readonly onIssued: (issued: Issued | undefined) => void;
  readonly members: readonly Member[];
}

export function Invitations({ issued, onIssued, members }: InvitationsProps): ReactNode {
  const { api, words, formats } = useTeam();
  const { team, roles } = words;
  const { loaded, reload } = useLoaded(api.invitations);
  const id = useId();
  const { register, handleSubmit, setError, formState } = useForm<{ readonly role: Role }>({ defaultValues: { role: 'agent' } });
  // A link for an account was made in the table above.
  useEffect(() => void (issued !== undefined && reload()), [issued, reload]);
  const invite = handleSubmit(async ({ role }) => {
    await api.invite({ role }).then(onIssued, () => setError('root', { message: words.failed }));
  });
  const withdraw = async (invitationId: string): Promise<void> => {
    await api.withdraw(invitationId).catch(() => undefined);
    onIssued(undefined);
    await reload();
  };
  return (
    <section className="team-section" aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{team.invite}</h2>
      <p className="hint">{team.inviteMore}</p>
      <form className="team-row" onSubmit={(event) => void invite(event)}>
        <label htmlFor={`${id}-role`}>{team.inviteAs}</label>
        <select id={`${id}-role`} {...register('role')}>
          {ROLES.map((role) => (
            <option key={role} value={role}>
              {roles[role]}
            </option>
          ))}
        </select>
        <button type="submit" className="button primary" disabled={formState.isSubmitting}>
          {team.inviteSubmit}
        </button>
      </form>
      {formState.errors.root !== undefined && (
        <p className="bad-notice" role="alert">
          {formState.errors.root.message}
        </p>
      )}
      {issued !== undefined && <IssuedLink key={issued.path} issued={issued} />}
      <h2>{team.invitations}</h2>
      {loaded.status !== 'loaded' && <Pending status={loaded.status} onRetry={reload} />}
      {loaded.status === 'loaded' && loaded.value.length === 0 && <p className="hint">{team.noInvitations}</p>}
      {loaded.status === 'loaded' && loaded.value.length > 0 && (
        <ul className="team-list">
          {loaded.value.map(({ id: invitationId, role, agentId, expiresAt }) => (
            <li key={invitationId}>
              <span className="team-grow">
                {agentId === null ? roles[role] : team.forAccount(members.find((one) => one.id === agentId)?.name ?? agentId)}
                <span className="hint"> {team.until(formats.full(expiresAt))}</span>
              </span>
              <button type="button" className="button" onClick={() => void withdraw(invitationId)}>
                {team.withdraw}
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function IssuedLink({ issued }: { readonly issued: Issued }): ReactNode {
  const { words, formats } = useTeam();
  const { team } = words;
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const link = new URL(issued.path, location.href).href;
  // It is shown once, so it is where the focus is.
  useEffect(() => field.current?.select(), []);
  return (
    <div className="issued" role="status">
      <label htmlFor={id}>{issued.member === undefined ? team.link : team.forAccount(issued.member.name)}</label>
      <div className="team-row">
        <input id={id} ref={field} dir="ltr" readOnly value={link} aria-describedby={`${id}-hint`} />
        <CopyButton label={team.copyLink} content={() => ({ text: link })} />
      </div>
      <p className="hint" id={`${id}-hint`}>
        {team.linkOnce(formats.full(issued.expiresAt))}
      </p>
    </div>
  );
}
