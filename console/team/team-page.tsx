/** The team: its members, which admins change, and invitations. */
import { type ReactNode, useCallback, useMemo, useState } from 'react';
import { ApiRefusal } from '../inbox/api-request.ts';
import { useLoaded } from '../inbox/use-loaded.ts';
import { type Columns, DataTable } from './data-table.tsx';
import { Invitations, type Issued } from './invitations.tsx';
import { CapacityField, SkillsField } from './member-limits.tsx';
import { Pending } from './pending.tsx';
import { type Member, type MemberChange, ROLES } from './team-api.ts';
import { useTeam } from './team-context.ts';

export function TeamPage(): ReactNode {
  const { api, words, agent } = useTeam();
  const { loaded, reload } = useLoaded(api.members);
  const [problem, setProblem] = useState<string>();
  const [issued, setIssued] = useState<Issued>();
  const isAdmin = agent.role === 'admin';
  const change = useCallback(
    async (member: Member, part: Parameters<typeof api.change>[1]): Promise<void> => {
      setProblem(undefined);
      await api.change(member, part).catch((error: unknown) => setProblem(problemText(error, words)));
      await reload();
    },
    [api, words, reload],
  );
  const invite = useCallback(
    async (member: Member): Promise<void> => {
      setProblem(undefined);
      await api.invite({ agentId: member.id }).then(
        (made) => setIssued({ ...made, member }),
        (error: unknown) => setProblem(problemText(error, words)),
      );
    },
    [api, words],
  );
  const columns = useColumns({ isAdmin, ownId: agent.id, change, invite });
  return (
    <>
      <p className="team-intro">{words.team.intro}</p>
      {problem !== undefined && (
        <p className="bad-notice" role="alert" dir="auto">
          {problem}
        </p>
      )}
      {loaded.status === 'loaded' ? (
        <DataTable caption={words.views.team} columns={columns} rows={loaded.value} first={FIRST} />
      ) : (
        <Pending status={loaded.status} onRetry={reload} />
      )}
      {isAdmin && <Invitations issued={issued} onIssued={setIssued} members={loaded.status === 'loaded' ? loaded.value : []} />}
    </>
  );
}

const FIRST = [{ id: 'name', desc: false }];

interface ColumnParts {
  readonly isAdmin: boolean;
  readonly ownId: string;
  readonly change: (member: Member, part: MemberChange) => Promise<void>;
  readonly invite: (member: Member) => Promise<void>;
}

function useColumns({ isAdmin, ownId, change, invite }: ColumnParts): Columns<Member> {
  const { words, formats, now } = useTeam();
  const { team, roles } = words;
  return useMemo(
    () => [
      {
        id: 'name',
        accessorFn: ({ name }) => name,
        sortFn: 'text',
        header: team.name,
        cell: ({ row }) => <bdi>{row.original.name}</bdi>,
      },
      {
        id: 'login',
        accessorFn: ({ login }) => login,
        sortFn: 'text',
        header: team.login,
        cell: ({ row }) => <bdi>{row.original.login}</bdi>,
      },
      {
        id: 'role',
        accessorFn: ({ role }) => ROLES.indexOf(role),
        sortFn: 'basic',
        header: team.role,
        cell: ({ row: { original: member } }) =>
          isAdmin ? (
            <select
              aria-label={team.roleOf(member.name)}
              value={member.role}
              onChange={({ target }) => {
                const role = ROLES.find((one) => one === target.value);
                if (role !== undefined) void change(member, { role });
              }}
            >
              {ROLES.map((role) => (
                <option key={role} value={role}>
                  {roles[role]}
                </option>
              ))}
            </select>
          ) : (
            roles[member.role]
          ),
      },
      {
        id: 'skills',
        accessorFn: ({ skills }) => skills.join(' '),
        sortFn: 'text',
        header: team.skills,
        cell: ({ row: { original: member } }) =>
          isAdmin ? (
            <SkillsField key={member.skills.join()} member={member} onChange={(part) => void change(member, part)} />
          ) : (
            <bdi>{member.skills.join(', ')}</bdi>
          ),
      },
      {
        id: 'capacity',
        accessorFn: ({ capacity }) => capacity ?? -1,
        sortFn: 'basic',
        header: team.capacity,
        cell: ({ row: { original: member } }) =>
          isAdmin ? (
            <CapacityField key={member.capacity} member={member} onChange={(part) => void change(member, part)} />
          ) : (
            (member.capacity ?? team.usual)
          ),
      },
      {
        id: 'status',
        accessorFn: ({ disabled }) => Number(disabled),
        sortFn: 'basic',
        header: team.status,
        cell: ({ row: { original: member } }) =>
          member.disabled ? team.disabled : member.signsInWith === 'nothing' ? team.notJoined : team.active,
      },
      {
        id: 'since',
        accessorFn: ({ createdAt }) => createdAt,
        sortFn: 'basic',
        header: team.since,
        cell: ({ row: { original } }) => (
          <time dateTime={new Date(original.createdAt).toISOString()} title={formats.full(original.createdAt)}>
            {formats.day(original.createdAt, now())}
          </time>
        ),
      },
      ...(isAdmin
        ? [
            {
              id: 'actions',
              header: team.actions,
              enableSorting: false,
              cell: ({ row: { original: member } }: { readonly row: { readonly original: Member } }) => (
                <div className="row-actions">
                  {member.id !== ownId && (
                    <button
                      type="button"
                      className="button"
                      aria-label={member.disabled ? team.enable(member.name) : team.disable(member.name)}
                      onClick={() => void change(member, { disabled: !member.disabled })}
                    >
                      {member.disabled ? team.enableShort : team.disableShort}
                    </button>
                  )}
                  {!member.disabled && (
                    <button type="button" className="button" aria-label={team.forAccount(member.name)} onClick={() => void invite(member)}>
                      {team.resetShort}
                    </button>
                  )}
                </div>
              ),
            },
          ]
        : []),
    ],
    [team, roles, formats, now, isAdmin, ownId, change, invite],
  );
}

/** The server gives its reasons in English. The ones that admins meet are the page's own words. */
function problemText(error: unknown, { team, failed }: ReturnType<typeof useTeam>['words']): string {
  if (!(error instanceof ApiRefusal)) return failed;
  if (error.code === 'changed') return team.changed;
  if (error.code === 'invalid_input') return team.badSkill;
  return error.code === 'last_admin' ? team.lastAdmin : error.message;
}
