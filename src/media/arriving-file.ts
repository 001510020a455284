/**
 * File of a customer while it comes in. Its bytes are counted, hashed and recognized on their way
 * into the store, and it ends as soon as it is known not to be kept.
 */
import { createHash } from 'node:crypto';
import { StatechatError } from '#machines/errors.ts';
import type { MediaLoss } from '#machines/session/media.ts';
import { type FileType, isAmong, type Recognition, recognize } from '../operations/file-type.ts';

/** What ends the bytes of a file that is not kept. */
export class NotKept extends StatechatError {
  readonly reason: MediaLoss;
  constructor(reason: MediaLoss) {
    super('not_kept', `The file of the customer is not kept: ${reason}`, { facts: { reason } });
    this.name = 'NotKept';
    this.reason = reason;
  }
}

interface ArrivingFileLimits {
  readonly maxBytes: number;
  /** Types to keep, as `isAmong` has them. */
  readonly types: readonly string[];
}

/** What all of its bytes show. */
interface ArrivedFile {
  readonly size: number;
  /** In hexadecimal digits. */
  readonly sha256: string;
  readonly type: Pick<FileType, 'mimeType' | 'ending'>;
}

/** Bytes by which the type is recognized. Pictures that are in front of a song's data fit into it. */
const START = 1_048_576;

export class ArrivingFile {
  readonly #bytes: AsyncIterable<Uint8Array>;
  readonly #limits: ArrivingFileLimits;
  #arrived: ArrivedFile | undefined;

  constructor(bytes: AsyncIterable<Uint8Array>, limits: ArrivingFileLimits) {
    this.#bytes = bytes;
    this.#limits = limits;
  }

  /** What came, once all of it has. */
  get arrived(): ArrivedFile {
    if (this.#arrived === undefined) throw new Error('The file has not come in yet.');
    return this.#arrived;
  }

  /**
   * Passes the bytes on, once. Throws `NotKept` for a file that is empty, too large or of a type
   * that is not kept.
   */
  async *bytes(): AsyncGenerator<Uint8Array> {
    const hash = createHash('sha256');
    let start: Uint8Array[] = [];
    let size = 0;
    let recognition: Recognition | undefined;
    for await (const chunk of this.#bytes) {
      size += chunk.byteLength;
      if (size > this.#limits.maxBytes) throw new NotKept('too_large');
      hash.update(chunk);
      if (recognition !== undefined) {
        recognition.next(chunk);
        yield chunk;
        continue;
      }
      start.push(chunk);
      if (size < START) continue;
      const first = Buffer.concat(start);
      start = [];
      recognition = await recognize(first);
      if (recognition.known !== undefined) this.#refuseOthers(recognition.known.mimeType);
      yield first;
    }
    if (size === 0) throw new NotKept('empty');
    const rest = Buffer.concat(start);
    const type = (recognition ?? (await recognize(rest))).end();
    this.#refuseOthers(type.mimeType);
    this.#arrived = { size, sha256: hash.digest('hex'), type };
    // A short file is passed on once it is known to be kept.
    if (rest.byteLength > 0) yield rest;
  }

  #refuseOthers(mimeType: string): void {
    if (!isAmong(this.#limits.types, mimeType)) throw new NotKept('type');
  }
}
