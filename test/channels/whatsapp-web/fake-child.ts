/** A child that speaks the protocol without a process, a browser and the library. */
import type { ChildLink, ChildListener, StartChild } from '#channels/whatsapp-web/child-link.ts';
import {
  type ChildCall,
  type ChildEnd,
  type FromChild,
  type OpenChild,
  type Outcome,
  parseToChild,
} from '#channels/whatsapp-web/protocol.ts';

export const ME = '4915100000001@c.us';
export const MONA = '201001234567@c.us';

export interface Sent {
  readonly chat: string;
  readonly text: string;
  readonly file?: { readonly name: string; readonly bytes: Uint8Array; readonly isSticker: boolean };
  readonly card?: Extract<ChildCall, { readonly op: 'sendLocation' | 'sendContact' }>;
  readonly id: string;
  readonly replyTo?: string | undefined;
}

/** Answer of a child to a call. A promise that never settles is a child that hangs. */
type Answer = (call: ChildCall) => object | undefined | Promise<object | undefined>;

export interface FakeChildrenOptions {
  /** Every child is ready at once. Default true. */
  readonly ready?: boolean;
  /** Goes first. Undefined leaves the answer to the fake. */
  readonly answer?: Answer;
}

export class FakeChildren {
  readonly sent: Sent[] = [];
  /** Emojis by the id of the message. */
  readonly reactions = new Map<string, string>();
  /** Messages that the page does not have any more. */
  readonly gone = new Set<string>();
  readonly typed: string[] = [];
  readonly resumed: number[] = [];
  readonly opened: OpenChild[] = [];
  readonly children: FakeChild[] = [];
  answer: Answer;
  ready: boolean;
  #ids = 0;

  constructor({ ready = true, answer = () => undefined }: FakeChildrenOptions = {}) {
    this.ready = ready;
    this.answer = answer;
  }

  readonly start: StartChild = (listener) => {
    const child = new FakeChild(this, listener);
    this.children.push(child);
    return child;
  };

  /** The child that runs. */
  get current(): FakeChild {
    const child = this.children.at(-1);
    if (child === undefined || child.over) throw new Error('no child runs');
    return child;
  }

  get running(): number {
    return this.children.filter(({ over }) => !over).length;
  }

  async perform(call: ChildCall): Promise<object> {
    const answered = await this.answer(call);
    if (answered !== undefined) return answered;
    switch (call.op) {
      case 'sendText':
        return this.#send({ chat: call.chat, text: call.text, replyTo: call.replyTo });
      case 'sendFile': {
        const { chat, caption, name, bytes, isSticker, replyTo } = call;
        return this.#send({ chat, text: caption, file: { name, bytes, isSticker }, replyTo });
      }
      case 'sendLocation':
      case 'sendContact':
        return this.#send({ chat: call.chat, text: '', card: call, replyTo: call.replyTo });
      case 'react':
        if (call.emoji === '') this.reactions.delete(call.message);
        else this.reactions.set(call.message, call.emoji);
        return { id: call.message };
      case 'typing':
        this.typed.push(call.chat);
        return {};
      case 'probe':
        return { state: 'CONNECTED', memoryBytes: 100 };
      case 'resume':
        this.resumed.push(call.since);
        return { offered: 0 };
      default:
        return {};
    }
  }

  #send(sent: Omit<Sent, 'id'>): object {
    const id = `3EB0${String(++this.#ids).padStart(18, '0')}`;
    const { replyTo } = sent;
    this.sent.push({ ...sent, id, replyTo: replyTo !== undefined && this.gone.has(replyTo) ? undefined : replyTo });
    return { id };
  }
}

export class FakeChild implements ChildLink {
  over = false;
  killed = false;
  readonly #all: FakeChildren;
  readonly #listener: ChildListener;
  readonly #outcomes = new Map<number, (outcome: Outcome) => void>();
  #seq = 0;

  constructor(all: FakeChildren, listener: ChildListener) {
    this.#all = all;
    this.#listener = listener;
  }

  send(raw: unknown): void {
    if (this.over) return;
    const message = parseToChild(raw);
    if (message.type === 'open') {
      this.#all.opened.push(message);
      queueMicrotask(() => {
        this.say({ type: 'launched' });
        if (this.#all.ready) this.becomeReady();
      });
    } else if (message.type === 'outcome') {
      this.#outcomes.get(message.seq)?.(message.outcome);
      this.#outcomes.delete(message.seq);
    } else if (message.type === 'call') void this.#perform(message.request, message.call);
  }

  async #perform(request: number, call: ChildCall): Promise<void> {
    try {
      const value = await this.#all.perform(call);
      this.say({ type: 'result', request, value });
    } catch (error) {
      const refused = error instanceof Error && error.name === 'Refused';
      this.say({ type: 'failed', request, failure: refused ? 'refused' : 'unavailable', reason: String(error) });
    }
  }

  disconnect(): void {
    this.#exit('exit code 0');
  }

  kill(): void {
    this.killed = true;
    this.#exit('signal SIGKILL');
  }

  say(message: FromChild): void {
    if (!this.over) this.#listener.message(structuredClone(message));
  }

  /** What no child says. */
  babble(raw: unknown): void {
    this.#listener.message(raw);
  }

  becomeReady(me = ME): void {
    this.say({ type: 'authenticated' });
    this.say({ type: 'ready', me });
  }

  end(end: ChildEnd, reason: string): void {
    this.say({ type: 'ending', end, reason });
    this.#exit('exit code 1');
  }

  die(): void {
    this.#exit('signal SIGSEGV');
  }

  /** Offers an event once, and resolves to its outcome. */
  offer(event: unknown): Promise<Outcome> {
    const seq = ++this.#seq;
    return new Promise((resolve) => {
      this.#outcomes.set(seq, resolve);
      this.say({ type: 'event', seq, event });
    });
  }

  #exit(how: string): void {
    if (this.over) return;
    this.over = true;
    queueMicrotask(() => this.#listener.exit(how));
  }
}

/** A message as the page has it. */
export function pageMessage(
  fields: { readonly id: string; readonly chat?: string; readonly fromMe?: boolean } & Readonly<Record<string, unknown>>,
) {
  const { id, chat = MONA, fromMe = false, ...rest } = fields;
  return {
    id: { fromMe, remote: chat, id, _serialized: `${fromMe}_${chat}_${id}` },
    type: 'chat',
    t: 1_700_000_000,
    from: fromMe ? ME : chat,
    to: fromMe ? chat : ME,
    notifyName: 'Mona',
    ...rest,
  };
}

export function messageEvent(fields: Parameters<typeof pageMessage>[0], more: Readonly<Record<string, unknown>> = {}) {
  return { kind: 'message', message: pageMessage(fields), missed: false, ...more };
}

/** What a phone shows of WhatsApp's marks. */
export function shown(text: string): string {
  return text.replace(/(?<![\p{L}\p{N}])([*_~`])(\S(?:.*?\S)?)\1(?![\p{L}\p{N}])/gu, '$2');
}
