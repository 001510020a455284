/**
 * What Node's `inspect` looks for. The symbol is registered, so that no import of `node:util` is
 * needed.
 */
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/**
 * A value that must not be seen, such as a token, a key or a URL with a password. Printed, logged
 * or serialized it is `[secret]`. Only `reveal()` gives the value, at the place that hands it to
 * its owner.
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

  [INSPECT](): string {
    return '[secret]';
  }
}
