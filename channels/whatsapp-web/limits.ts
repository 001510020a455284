/** Times and sizes by which the supervisor judges a child. Milliseconds and bytes. */
export interface ChildLimits {
  /** From the start, and from each sign of progress, to the next one, until it is ready. */
  readonly startMs: number;
  readonly probeEveryMs: number;
  /** For the answer to a probe. */
  readonly probeMs: number;
  /**
   * Ready and not connected to WhatsApp. The page connects again by itself after a short outage.
   */
  readonly offlineMs: number;
  /** For WhatsApp's server to have a text. */
  readonly sendMs: number;
  /** For WhatsApp's server to have a file, and for a file to arrive here. */
  readonly fileMs: number;
  /** For the messages that were missed. */
  readonly resumeMs: number;
  /** For the browser to close. */
  readonly closeMs: number;
  /** Memory at which the browser is restarted. */
  readonly memoryBytes: number;
  /** Without traffic, before a browser that takes too much is closed. */
  readonly quietMs: number;
  /** After which it is closed without a quiet moment. */
  readonly recycleMs: number;
}

export const CHILD_LIMITS: ChildLimits = {
  startMs: 120_000,
  probeEveryMs: 30_000,
  probeMs: 20_000,
  offlineMs: 180_000,
  sendMs: 30_000,
  fileMs: 120_000,
  resumeMs: 600_000,
  closeMs: 15_000,
  memoryBytes: 1_500_000_000,
  quietMs: 15_000,
  recycleMs: 600_000,
};
