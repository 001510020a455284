/**
 * Changes of versioned things, where the next one can be made before the page knows what the one
 * before did. Without an order, it would name an old version and be refused as if by a colleague.
 */
interface Versioned {
  readonly id: string;
  readonly version: number;
}

/** `change` for one thing at a time, each with the version that the change before resolved to. */
export function inOrder<T extends Versioned, Part>(change: (before: T, part: Part) => Promise<T>): (before: T, part: Part) => Promise<T> {
  const lasts = new Map<string, Promise<T | undefined>>();
  return (before, part) => {
    const changed = (lasts.get(before.id) ?? Promise.resolve(undefined)).then((last) =>
      change(last !== undefined && last.version > before.version ? last : before, part),
    );
    // What was refused changed nothing.
    lasts.set(
      before.id,
      changed.catch(() => undefined),
    );
    return changed;
  };
}
