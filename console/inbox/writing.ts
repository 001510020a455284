/**
 * Writing takes what the agent writes in a session from the first key to the server's answer.
 *
 * Owns drafts and what was sent and is not confirmed, colleagues' notice that somebody writes.
 * Does not own which session is selected and what was seen of it (desk.ts).
 *
 * Invariants
 * 1. A text leaves the composer when it is sent, and comes back if the server refuses it.
 * 2. A text that an earlier page sent is in the composer again unless the journal has it.
 * 3. What comes back replaces nothing that was written or added meanwhile.
 */
import type { ConsoleClient } from '../client/client.ts';
import { CommandError, type Request } from '../client/request.ts';
import { type ShownCard, shownCard } from '../media/card-schema.ts';
import type { FileRef } from '../media/uploads.ts';
import { type Draft, type Drafts, type Mode, type Returned, type Waiting, withReturned, withWaiting } from './drafts.ts';
import { AgentActions, readStimulus } from './entry-events.ts';
import { type Mentioned, mentionedIn } from './mention-text.ts';
import { type Problem, problemOf } from './problem.ts';
import type { Entry } from './transcript.ts';

export interface WritingParts {
  readonly agentId: string;
  readonly client: Pick<ConsoleClient, 'send' | 'look'>;
  readonly drafts: Drafts;
  readonly newId: () => string;
  readonly setTimer: (run: () => void, ms: number) => () => void;
  readonly onDraft: (sessionId: string, draft: Draft) => void;
  readonly onProblem: (sessionId: string, problem: Problem) => void;
  /** The server has a message that it sends later. `version` is that of the session with it. */
  readonly onScheduled: (sessionId: string, waiting: Waiting, version: number) => void;
}

/** Colleagues see that somebody writes for this long after the last key, in milliseconds. */
const TYPING_MS = 5_000;

export class Writing {
  readonly #parts: WritingParts;
  /** Ids of what this page has sent and the server has not confirmed. */
  readonly #underWay = new Set<string>();
  #stopTyping: (() => void) | undefined;

  constructor(parts: WritingParts) {
    this.#parts = parts;
  }

  of(sessionId: string): Draft {
    return this.#parts.drafts.of(sessionId);
  }

  write(sessionId: string, text: string): void {
    const draft = this.of(sessionId);
    const { client, setTimer } = this.#parts;
    this.#set(sessionId, { ...draft, [draft.mode]: text });
    client.look(sessionId, text !== '');
    this.leave();
    if (text !== '') this.#stopTyping = setTimer(() => client.look(sessionId, false), TYPING_MS);
  }

  /** What the model drafts. Colleagues do not see it as typing. */
  setReply(sessionId: string, reply: string): void {
    this.#set(sessionId, { ...this.of(sessionId), reply });
  }

  setMode(sessionId: string, mode: Mode): void {
    const draft = this.of(sessionId);
    if (draft.mode !== mode) this.#set(sessionId, { ...draft, mode });
  }

  /** A file for the next reply. */
  attach(sessionId: string, file: FileRef): void {
    const draft = this.of(sessionId);
    if (!draft.files.some(({ id }) => id === file.id)) this.#set(sessionId, { ...draft, files: [...draft.files, file] });
  }

  detach(sessionId: string, fileId: string): void {
    const draft = this.of(sessionId);
    this.#set(sessionId, { ...draft, files: draft.files.filter(({ id }) => id !== fileId) });
  }

  /** The card below the next reply. It has one at most. */
  setCard(sessionId: string, card: ShownCard | undefined): void {
    this.#set(sessionId, { ...this.of(sessionId), card });
  }

  /** The message that the next reply answers, by its name at the channel. */
  setReplyTo(sessionId: string, replyTo: string | undefined): void {
    this.#set(sessionId, { ...this.of(sessionId), replyTo });
  }

  /** A colleague that was chosen in the note. */
  mention(sessionId: string, colleague: Mentioned): void {
    const draft = this.of(sessionId);
    this.#set(sessionId, { ...draft, mentioned: [...draft.mentioned.filter(({ id }) => id !== colleague.id), colleague] });
  }

  /**
   * Sends what is written and attached. `seen` is the last entry that the agent saw. A reply may be
   * sent `later`. What is sent at a time of its own has no files and no card, so they stay for the
   * next reply.
   */
  submit(sessionId: string, seen: number, later?: Waiting['later']): void {
    const draft = this.of(sessionId);
    const { mode } = draft;
    const text = draft[mode].trim();
    const isScheduled = later !== undefined && 'at' in later;
    const files = mode === 'note' || isScheduled ? [] : draft.files;
    const card = mode === 'note' || isScheduled ? undefined : draft.card;
    const replyTo = mode === 'note' ? undefined : draft.replyTo;
    if (text === '' && files.length === 0 && card === undefined) return;
    const mentions = mode === 'note' ? [...mentionedIn(text, draft.mentioned)] : [];
    // Files and cards cannot wait to be taken back.
    const whenSent = mode === 'note' || later === undefined || files.length > 0 || card !== undefined ? {} : { later };
    const sent: Waiting = { id: this.#parts.newId(), mode, text, seen, files, card, replyTo, mentions, ...whenSent };
    this.leave();
    this.#parts.client.look(sessionId, false);
    const answered = { replyTo: undefined };
    const left = mode === 'note' ? { mentioned: [] } : isScheduled ? answered : { files: [], card: undefined, ...answered };
    this.#set(sessionId, { ...draft, ...left, [mode]: '', waiting: [...draft.waiting, sent] });
    void this.#send(sessionId, sent);
  }

  /** Messages that were to be sent later are in the composer again. Each comes once. */
  restore(sessionId: string, messages: readonly Returned[]): boolean {
    const before = this.of(sessionId);
    const after = withReturned(before, messages);
    if (after !== before) this.#set(sessionId, after);
    return after !== before;
  }

  /** The server knows that a message is in the composer again. */
  forget(sessionId: string, id: string): void {
    const { restored, ...draft } = this.of(sessionId);
    const others = (restored ?? []).filter((one) => one !== id);
    this.#set(sessionId, others.length === 0 ? draft : { ...draft, restored: others });
  }

  /** A text is not to be in the composer after all, unless the agent went on with it. */
  withdraw(sessionId: string, text: string): void {
    const draft = this.of(sessionId);
    if (draft.reply === text) this.#set(sessionId, { ...draft, reply: '', replyTo: undefined });
  }

  /** The agent turns to something else. */
  leave(): void {
    this.#stopTyping?.();
  }

  /** A transcript came, also after each new connection. */
  compare(sessionId: string, entries: readonly Entry[]): void {
    const draft = this.of(sessionId);
    const left = draft.waiting.filter(({ id }) => !this.#underWay.has(id));
    if (left.length === 0) return;
    const said = ownTexts(this.#parts.agentId, entries);
    const missing = left.filter(({ mode, text, seen, files, card }) => {
      const ids = files.map(({ id }) => id).join();
      const shown = textOf(card);
      return !said.some((own) => own.mode === mode && own.text === text && own.files === ids && own.card === shown && own.seq > seen);
    });
    const rest = { ...draft, waiting: draft.waiting.filter(({ id }) => this.#underWay.has(id)) };
    const after = missing.reduceRight((put, one) => withWaiting(put, one), rest);
    this.#set(sessionId, after);
    if (missing.some((one) => isCardLeft(one, after))) this.#parts.onProblem(sessionId, { kind: 'cardLeft' });
  }

  async #send(sessionId: string, sent: Waiting): Promise<void> {
    const { id } = sent;
    this.#underWay.add(id);
    try {
      const { ignored, version } = await this.#parts.client.send(requestOf(sessionId, sent));
      if (ignored === undefined && sent.later !== undefined) this.#parts.onScheduled(sessionId, sent, version ?? 0);
      this.#settle(sessionId, sent, ignored === undefined ? undefined : { kind: 'refused', message: ignored });
    } catch (error) {
      // A client that was stopped keeps the text in the storage.
      if (error instanceof CommandError) this.#settle(sessionId, sent, problemOf(error));
    } finally {
      this.#underWay.delete(id);
    }
  }

  /** Confirmed, or back to the composer with what is wrong. */
  #settle(sessionId: string, sent: Waiting, problem: Problem | undefined): void {
    const before = this.of(sessionId);
    const rest = { ...before, waiting: before.waiting.filter(({ id }) => id !== sent.id) };
    if (problem === undefined) return this.#set(sessionId, rest);
    const after = { ...withWaiting(rest, sent), mode: sent.mode };
    this.#set(sessionId, after);
    this.#parts.onProblem(sessionId, isCardLeft(sent, after) ? { ...problem, cardLeft: true } : problem);
  }

  #set(sessionId: string, draft: Draft): void {
    this.#parts.drafts.set(sessionId, draft);
    this.#parts.onDraft(sessionId, draft);
  }
}

function requestOf(sessionId: string, { id, mode, text, seen, later, files, card, replyTo, mentions }: Waiting): Request {
  if (mode === 'note') return { type: 'note', sessionId, text, ...(mentions.length === 0 ? {} : { mentions }) };
  const answering = replyTo === undefined ? {} : { replyTo };
  if (later !== undefined) return { type: 'schedule', sessionId, id, text, seen, ...later, ...answering };
  const more = { ...(card === undefined ? {} : { card }), ...(files.length === 0 ? {} : { files: files.map((file) => file.id) }) };
  return { type: 'send', sessionId, text, seen, ...more, ...answering };
}

interface OwnText {
  readonly mode: Mode;
  readonly text: string;
  /** Ids of its files. */
  readonly files: string;
  /** Its card, as `textOf` has it. */
  readonly card: string;
  readonly seq: number;
}

/** What the agent has said and noted, as the journal has it. */
function ownTexts(agentId: string, entries: readonly Entry[]): readonly OwnText[] {
  const actions = new AgentActions();
  return entries.flatMap((entry): OwnText[] => {
    const action = actions.read(readStimulus(entry));
    if (action?.type === 'note' && action.agent.id === agentId)
      return [{ mode: 'note', text: entry.text ?? '', files: '', card: '', seq: entry.seq }];
    const isReply = action?.type === 'agent.message' || action?.type === 'agent.schedule';
    if (!isReply || action.agent.id !== agentId) return [];
    const files = action.type === 'agent.message' ? (action.files ?? []).map(({ id }) => id).join() : '';
    const card = action.type === 'agent.message' ? textOf(action.card) : '';
    return [{ mode: 'reply', text: action.text, files, card, seq: entry.seq }];
  });
}

/** A message is in the draft again, and its card is not. */
function isCardLeft({ card }: Waiting, { card: kept }: Draft): boolean {
  return card !== undefined && textOf(card) !== textOf(kept);
}

/** The same for the same card, whatever the order of its members. Empty for none. */
function textOf(card: unknown): string {
  const { data } = shownCard.safeParse(card);
  return data === undefined ? '' : JSON.stringify(data);
}
