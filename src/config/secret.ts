import { inspect } from 'node:util';

/**
 * A value that must not be seen: a token, a key, a URL with a password in it. Printed, logged or serialized it is
 * `[secret]`; only `reveal()` gives the value, at the place that hands it to its owner.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [inspect.custom](): string {
    return '[secret]';
  }
}
