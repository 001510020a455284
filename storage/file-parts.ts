/**
 * How every store keeps files. A file of one part is stored in one step. The parts of a longer one
 * are written under a content id that no reader knows, and the last step gives them the file's id.
 *
 * Owns the cutting into parts, the limits, and the order of the steps. Does not own where parts are
 * (the `PartStore` of each store).
 *
 * Invariants
 * 1. At most two parts of a file are in memory, whatever its size and whichever way it goes. A file
 *    of more than a part that an earlier version stored in Redis is whole in memory while it is
 *    read.
 * 2. A file is found once it is complete.
 * 3. Parts that belong to no file are dropped if the writing fails. If the process dies, they are
 *    found by `forgetUnclaimed` later.
 * 4. Once the session is deleted, nobody reads a part. A store may leave parts that are hard to
 *    delete at once to `forgetUnclaimed`.
 */
import { randomUUID } from 'node:crypto';
import { StatechatError } from '#machines/errors.ts';
import { type ByteRange, contentOf } from '#machines/file-content.ts';
import type { SessionId } from '#machines/ids.ts';
import { type FileRef, sessionOfFile } from '#machines/session/files.ts';
import {
  checkFile,
  checkSize,
  type Files,
  type NewFile,
  noSessionForFile,
  type StoredFile,
  type StreamedFile,
  writingEnded,
} from '#storage/files.ts';

/**
 * Bytes of a part. A part takes a store some ten milliseconds, so it holds up nothing else. Smaller
 * ones make more round trips, and larger ones were no faster (decision 0107).
 */
export const PART = 1_048_576;

/** What is stored of a file beside its bytes. */
export interface FileRow extends FileRef {
  readonly sessionId: SessionId;
  readonly at: number;
}

/** Parts of one file, under an id of their own. */
export interface Content {
  readonly sessionId: SessionId;
  readonly id: string;
}

/** `bytes` are there for a file of one part. `part` reads the others of it by their number. */
export interface FoundFile {
  readonly row: FileRow;
  readonly bytes?: Uint8Array;
  /** Undefined if it is not there any more. */
  part(index: number): Promise<Uint8Array | undefined>;
}

export interface PartStore {
  /** Stores a file of at most one part, unless there is one of its id. False without a session. */
  keep(row: FileRow, bytes: Uint8Array): Promise<boolean>;
  /** False without a session. */
  begin(content: Content, at: number): Promise<boolean>;
  /** False if the content is not being written any more. */
  write(content: Content, index: number, bytes: Uint8Array): Promise<boolean>;
  /** Makes the content this file's, unless there is one of its id. */
  finish(content: Content, row: FileRow): Promise<'done' | 'exists' | 'ended'>;
  /** Deletes content that is being written. */
  drop(content: Content): Promise<void>;
  find(sessionId: SessionId, id: string): Promise<FoundFile | undefined>;
  forgetUnclaimed(before: number, limit: number): Promise<number>;
}

export function filesOf(store: PartStore): Files {
  async function put(file: NewFile | StreamedFile): Promise<void> {
    const { sessionId, at } = file;
    const rowOf = (size: number): FileRow => ({ ...checkFile('bytes' in file ? file : file.head(), size, file), sessionId, at });
    const writing = new Writing(store, { sessionId, id: randomUUID() }, at);
    try {
      // What is known to be refused is refused before any of it is written.
      if ('bytes' in file) rowOf(checkedSize(file.bytes.byteLength));
      for await (const part of inParts('bytes' in file ? contentOf(file.bytes).read() : file.content)) await writing.add(part);
      await writing.finish(rowOf);
    } catch (error) {
      await writing.drop();
      throw error;
    }
  }

  return {
    put,
    async get(id) {
      const found = await store.find(sessionOfFile(id), id);
      return found === undefined ? undefined : storedFile(found);
    },
    forgetUnclaimed: (before, limit) => store.forgetUnclaimed(before, limit),
  };
}

/** Writes parts in their order. The last one waits until it is known whether it is the only one. */
class Writing {
  readonly #store: PartStore;
  readonly #content: Content;
  readonly #at: number;
  #size = 0;
  #written = 0;
  #begun = false;
  #last: Uint8Array | undefined;

  constructor(store: PartStore, content: Content, at: number) {
    this.#store = store;
    this.#content = content;
    this.#at = at;
  }

  async add(part: Uint8Array): Promise<void> {
    if (this.#last !== undefined) await this.#write(this.#last);
    this.#last = part;
    this.#size += part.byteLength;
  }

  async finish(rowOf: (size: number) => FileRow): Promise<void> {
    const row = rowOf(this.#size);
    const last = this.#last ?? new Uint8Array();
    if (!this.#begun) {
      if (!(await this.#store.keep(row, last))) throw noSessionForFile(row.sessionId);
      return;
    }
    await this.#write(last);
    const outcome = await this.#store.finish(this.#content, row);
    if (outcome === 'ended') throw writingEnded(row.sessionId);
    if (outcome === 'exists') await this.drop();
  }

  /** If the store is away, what it has is forgotten later. */
  async drop(): Promise<void> {
    if (this.#begun) await this.#store.drop(this.#content).catch(() => undefined);
  }

  async #write(part: Uint8Array): Promise<void> {
    const { sessionId } = this.#content;
    if (!this.#begun && !(await this.#store.begin(this.#content, this.#at))) throw noSessionForFile(sessionId);
    this.#begun = true;
    if (!(await this.#store.write(this.#content, this.#written, part))) throw writingEnded(sessionId);
    this.#written += 1;
  }
}

function checkedSize(size: number): number {
  checkSize(size);
  return size;
}

/** Parts of `PART` bytes and a shorter one at the end, none of them empty. */
async function* inParts(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, undefined> {
  let size = 0;
  let buffered: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of content) {
    size = checkedSize(size + chunk.byteLength);
    let rest = chunk;
    while (length + rest.byteLength >= PART) {
      const taken = PART - length;
      yield Buffer.concat([...buffered, rest.subarray(0, taken)]);
      [buffered, length, rest] = [[], 0, rest.subarray(taken)];
    }
    if (rest.byteLength === 0) continue;
    buffered.push(rest);
    length += rest.byteLength;
  }
  if (length > 0) yield Buffer.concat(buffered);
}

function storedFile({ row, bytes, part }: FoundFile): StoredFile {
  async function* read({ from, to }: ByteRange = { from: 0, to: row.size }): AsyncGenerator<Uint8Array> {
    for (let index = Math.floor(from / PART); index * PART < to; index += 1) {
      const whole = await part(index);
      if (whole === undefined) throw gone(row);
      yield whole.subarray(Math.max(0, from - index * PART), to - index * PART);
    }
  }
  return { ...row, read: bytes === undefined ? read : contentOf(bytes).read };
}

function gone({ id, sessionId }: FileRow): StatechatError {
  return new StatechatError('not_found', `The file "${id}" was deleted while it was read`, { facts: { id, sessionId } });
}
