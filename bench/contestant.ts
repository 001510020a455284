/** Something that makes turns of conversations durable. */
export interface Turns {
  /**
   * Sends one message to conversation `conversation` (from 0). Resolves when its turn is durable
   * and its answer is out.
   */
  turn(conversation: number): Promise<void>;
  /** Resolves when everything that turns left behind (delivery marks, finished jobs) is stored. */
  settle(): Promise<void>;
  /**
   * Counts of what the store holds. Each must be the number of turns since the contestant was set
   * up.
   */
  counters(): Promise<Readonly<Record<string, number>>>;
  close(): Promise<void>;
}
