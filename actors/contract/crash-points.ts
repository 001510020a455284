/** Points at which a crash would do the most harm. Tests stop the process exactly there. */
export const CRASH_POINTS = [
  'before commit',
  'after commit',
  'before ack',
  'before effect',
  'during effect',
  'after effect',
  'during run',
  'between wake and turn',
] as const;

export type CrashPoint = (typeof CRASH_POINTS)[number];

/** Called at each point. In production it does nothing. */
export type CrashPoints = (point: CrashPoint) => void;

export const noCrash: CrashPoints = () => {};
