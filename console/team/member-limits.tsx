/**
 * Fields for what rules know of a member. A change is sent when the field is left, or with Enter.
 */
import { type KeyboardEvent, type ReactNode, useState } from 'react';
import type { Member, MemberChange } from './team-api.ts';
import { useTeam } from './team-context.ts';

interface LimitsProps {
  readonly member: Member;
  readonly onChange: (part: MemberChange) => void;
}

/** The server takes no more. */
const MOST_CAPACITY = 1_000;

/** Draw it anew for other skills. */
export function SkillsField({ member, onChange }: LimitsProps): ReactNode {
  const { team } = useTeam().words;
  const before = member.skills.join(', ');
  const [text, setText] = useState(before);
  return (
    <input
      className="member-field"
      dir="auto"
      aria-label={team.skillsOf(member.name)}
      placeholder={team.skillsHint}
      value={text}
      onChange={({ target }) => setText(target.value)}
      onKeyDown={leaveOnEnter}
      onBlur={() => {
        const skills = skillsIn(text);
        if (skills.join(', ') !== before) onChange({ skills });
      }}
    />
  );
}

/** Draw it anew for another capacity. */
export function CapacityField({ member, onChange }: LimitsProps): ReactNode {
  const { team } = useTeam().words;
  const [text, setText] = useState(member.capacity === null ? '' : String(member.capacity));
  return (
    <input
      className="member-field capacity"
      type="number"
      min={0}
      max={MOST_CAPACITY}
      step={1}
      aria-label={team.capacityOf(member.name)}
      placeholder={team.usual}
      value={text}
      onChange={({ target }) => setText(target.value)}
      onKeyDown={leaveOnEnter}
      onBlur={({ target }) => {
        if (!target.reportValidity()) return;
        const capacity = target.value === '' ? null : target.valueAsNumber;
        if (capacity !== member.capacity) onChange({ capacity });
      }}
    />
  );
}

/** Skills that stand in a text with commas of any script between them, each once. */
export function skillsIn(text: string): readonly string[] {
  return [...new Set(text.split(/[,،;؛]/u).map((part) => part.trim()))].filter((part) => part !== '');
}

function leaveOnEnter(event: KeyboardEvent<HTMLInputElement>): void {
  if (event.key === 'Enter' && !event.nativeEvent.isComposing) event.currentTarget.blur();
}
