/**
 * Passwords as argon2id hashes in PHC form. Node computes them in the threads that files and names
 * of hosts need too. So two are computed at a time, a few wait, and beyond that callers get
 * `Unavailable` and try again.
 *
 * Memory, passes and lanes are the first choice of OWASP's password storage cheat sheet (19 MiB, 2
 * passes, 1 lane). They stand in each hash, so a stronger choice later leaves the old hashes valid.
 */
import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import * as z from 'zod';
import { Unavailable } from '#machines/errors.ts';

const AT_A_TIME = 2;
/** About a second's worth. */
const MOST_WAITING = 40;

const compute = promisify(argon2);

/** What a new hash costs. Hashes keep the cost that they were made with. */
export interface PasswordCost {
  /** In KiB, at least 8. */
  readonly memory: number;
  readonly passes: number;
}

const RECOMMENDED: PasswordCost = { memory: 19_456, passes: 2 };
const LANES = 1;
const TAG_BYTES = 32;

/** Longer ones would only cost time. */
const MAX_LENGTH = 256;
/** NIST SP 800-63B-4 requires 15 where a password is the only factor. */
const MIN_PASSWORD_LENGTH = 15;

export const passwordSchema = z
  .string()
  .max(MAX_LENGTH, `at most ${MAX_LENGTH} characters are expected`)
  .refine((text) => [...text].length >= MIN_PASSWORD_LENGTH, `at least ${MIN_PASSWORD_LENGTH} characters are expected`)
  .refine((text) => new Set(text).size >= 5, 'at least five different characters are expected');

export interface Passwords {
  hash(password: string): Promise<string>;
  /**
   * Without a hash it still takes the time of a check, so that the time does not reveal
   * whether there is such an account.
   */
  matches(password: string, hash: string | null): Promise<boolean>;
}

const phc = z
  .string()
  .regex(/^\$argon2id\$v=19\$m=\d{1,7},t=\d{1,3},p=\d{1,2}\$[\w+/]{11,}\$[\w+/]{11,}$/)
  .transform((text) => {
    const [, , , parameters = '', salt = '', tag = ''] = text.split('$');
    const [memory = 0, passes = 0, parallelism = 0] = parameters.split(',').map((part) => Number(part.slice(2)));
    return { memory, passes, parallelism, nonce: Buffer.from(salt, 'base64'), tag: Buffer.from(tag, 'base64') };
  });

export function createPasswords({ memory, passes } = RECOMMENDED): Passwords {
  const derive = derivation();
  /** Hash of a random password. */
  const unknown = hash(randomBytes(32).toString('base64'));

  return {
    hash,
    async matches(password, stored) {
      const parsed = phc.safeParse(stored ?? (await unknown));
      if (!parsed.success) return false;
      const { tag, ...parameters } = parsed.data;
      const given = await derive('argon2id', { ...parameters, message: normal(password), tagLength: tag.byteLength });
      return timingSafeEqual(given, tag) && stored !== null;
    },
  };

  async function hash(password: string): Promise<string> {
    const nonce = randomBytes(16);
    const parameters = { memory, passes, parallelism: LANES, tagLength: TAG_BYTES };
    const tag = await derive('argon2id', { ...parameters, nonce, message: normal(password) });
    const text = (bytes: Buffer): string => bytes.toString('base64').replaceAll('=', '');
    return `$argon2id$v=19$m=${memory},t=${passes},p=${LANES}$${text(nonce)}$${text(Buffer.from(tag))}`;
  }
}

/** Keyboards differ in how they compose a letter. */
function normal(password: string): string {
  return password.normalize('NFKC');
}

/** Argon2, a few at a time. Rejects with `Unavailable` if too many wait already. */
function derivation(): typeof compute {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (...given) => {
    if (running === AT_A_TIME) {
      if (waiting.length === MOST_WAITING) throw new Unavailable('Too many passwords are being checked. Try again in a moment.');
      // The one that ends gives its place to this one.
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else running += 1;
    try {
      return await compute(...given);
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
