/** What the page shows, as the end of the address (`/machines#session=…&seq=…`). */
export interface Place {
  /** A machine and its version, as in `session@3`. */
  readonly machine: string | undefined;
  /** How much of the machine is drawn. */
  readonly detail: string | undefined;
  /** A machine beside it, to compare. */
  readonly with: string | undefined;
  /** The state whose conversations are listed. */
  readonly state: string | undefined;
  readonly session: string | undefined;
  /** Undefined for the last step, which moves on. */
  readonly seq: number | undefined;
  /** A second session, beside the first one. */
  readonly other: string | undefined;
  readonly otherSeq: number | undefined;
  readonly sandbox: string | undefined;
  /** Token of a share link. */
  readonly share: string | undefined;
}

export function placeIn(hash: string): Place {
  const given = new URLSearchParams(hash.replace(/^#/, ''));
  const text = (name: string): string | undefined => given.get(name) || undefined;
  const number = (name: string): number | undefined => {
    const value = given.get(name) ?? '';
    return /^[1-9]\d{0,9}$/.test(value) ? Number(value) : undefined;
  };
  return {
    machine: text('machine'),
    detail: text('detail'),
    with: text('with'),
    state: text('state'),
    session: text('session'),
    seq: number('seq'),
    other: text('other'),
    otherSeq: number('otherSeq'),
    sandbox: text('sandbox'),
    share: text('share'),
  };
}

export function hashOf(place: Partial<Place>): string {
  const given = Object.entries(place).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]));
  return `#${new URLSearchParams(given)}`;
}
