/** Something that makes turns of conversations durable. */
export interface Turns {
  /** One message to conversation `conversation` (from 0). Resolves when its turn is durable and its answer is out. */
  turn(conversation: number): Promise<void>;
  /** Resolves when nothing that turns left behind (delivery marks, finished jobs) is unstored any more. */
  settle(): Promise<void>;
  /** What the store holds, each of which must be the number of turns since the contestant was set up. */
  counters(): Promise<Readonly<Record<string, number>>>;
  close(): Promise<void>;
}
