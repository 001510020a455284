/**
 * The child's side of the connection to the program. Owns the IPC channel of this process, and the
 * answers to calls in both directions. If the program goes away, `gone` resolves.
 */
import { type ChildCall, type FromChild, type OpenChild, type Outcome, parseToChild, type StoreCall } from './protocol.ts';

/** A call that can never succeed, such as a message to a number that is not on WhatsApp. */
export class CallRefused extends Error {}

/** What a link uses of a process that was forked. */
export interface ForkedProcess {
  send?(message: FromChild, sent: (error: Error | null) => void): boolean;
  on(event: 'message', listener: (message: unknown) => void): unknown;
  on(event: 'disconnect', listener: () => void): unknown;
}

export interface HostLinkOptions {
  readonly process: ForkedProcess;
  readonly onOutcome: (seq: number, outcome: Outcome) => void;
}

export class HostLink {
  /** The first message of the program. */
  readonly opened: Promise<OpenChild>;
  /** The program closed the channel, or died. */
  readonly gone: Promise<void>;
  readonly #process: ForkedProcess;
  readonly #stored = new Map<number, { resolve(bytes: Uint8Array | undefined): void; reject(error: Error): void }>();
  #requests = 0;
  #answer: ((call: ChildCall) => Promise<object>) | undefined;

  constructor({ process, onOutcome }: HostLinkOptions) {
    this.#process = process;
    const opened = Promise.withResolvers<OpenChild>();
    const gone = Promise.withResolvers<void>();
    this.opened = opened.promise;
    this.gone = gone.promise;
    process.on('disconnect', () => gone.resolve());
    process.on('message', (raw) => {
      const message = parseToChild(raw);
      if (message.type === 'open') opened.resolve(message);
      else if (message.type === 'outcome') onOutcome(message.seq, message.outcome);
      else if (message.type === 'call') void this.#perform(message.request, message.call);
      else this.#settle(message.request, message.bytes, message.fault);
    });
  }

  /** Calls that come before this are refused as not possible yet. */
  answerWith(answer: (call: ChildCall) => Promise<object>): void {
    this.#answer = answer;
  }

  /** Resolves once the channel has taken it. Never rejects, because `gone` says that it closed. */
  send(message: FromChild): Promise<void> {
    return new Promise((resolve) => {
      if (this.#process.send === undefined) resolve();
      else this.#process.send(message, () => resolve());
    });
  }

  log(level: 'debug' | 'info' | 'warn', text: string): void {
    void this.send({ type: 'log', level, text: text.slice(0, 2_000) });
  }

  /** Reads or writes the session in the program's store. */
  store(call: StoreCall): Promise<Uint8Array | undefined> {
    return new Promise((resolve, reject) => {
      const request = ++this.#requests;
      this.#stored.set(request, { resolve, reject });
      void this.send({ type: 'store', request, call });
    });
  }

  #settle(request: number, bytes: Uint8Array | undefined, fault: string | undefined): void {
    const waiting = this.#stored.get(request);
    this.#stored.delete(request);
    if (fault === undefined) waiting?.resolve(bytes);
    else waiting?.reject(new Error(fault));
  }

  async #perform(request: number, call: ChildCall): Promise<void> {
    try {
      if (this.#answer === undefined) throw new Error('the page is not there yet');
      void this.send({ type: 'result', request, value: await this.#answer(call) });
    } catch (error) {
      const failure = error instanceof CallRefused ? 'refused' : 'unavailable';
      void this.send({ type: 'failed', request, failure, reason: reasonOf(error) });
    }
  }
}

/** The library also throws texts. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
