/** The names in a ZIP archive of which only the beginning is known. */

export interface ZipStart {
  /** Of the entries up to one that is cut off, or whose size is not in front of it. */
  readonly names: readonly string[];
  /** No entry follows these. */
  readonly isWhole: boolean;
}

const ENTRY = 0x04_03_4b_50;
const DIRECTORY = 0x02_01_4b_50;
/** Bytes in front of the name of an entry. */
const HEAD = 30;
/** Flag of an entry whose size is behind it. */
const SIZE_FOLLOWS = 8;

export function readZipStart(start: Uint8Array): ZipStart {
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  const names: string[] = [];
  let at = 0;
  while (at + HEAD <= start.byteLength && view.getUint32(at, true) === ENTRY) {
    const name = at + HEAD;
    const nameLength = view.getUint16(at + 26, true);
    names.push(new TextDecoder().decode(start.subarray(name, name + nameLength)));
    if ((view.getUint16(at + 6, true) & SIZE_FOLLOWS) !== 0) return { names, isWhole: false };
    at = name + nameLength + view.getUint16(at + 28, true) + view.getUint32(at + 18, true);
  }
  return { names, isWhole: at + 4 <= start.byteLength && view.getUint32(at, true) === DIRECTORY };
}
