/**
 * The places at which a process may die with the greatest chance of doing harm. Tests stop it
 * exactly there.
 */
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
