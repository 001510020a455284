/** How long recordings and videos play, read from their bytes. The parser is loaded for the first. */

/** Seconds, to a tenth. Undefined if the bytes do not say. */
export async function playingTime(bytes: Uint8Array, mimeType: string): Promise<number | undefined> {
  const { parseBuffer } = await import('music-metadata');
  try {
    const { format } = await parseBuffer(bytes, { mimeType, size: bytes.byteLength }, { duration: true, skipCovers: true });
    const { duration } = format;
    return duration !== undefined && Number.isFinite(duration) && duration >= 0 ? Math.round(duration * 10) / 10 : undefined;
  } catch {
    // The parser throws for everything that it does not read.
    return undefined;
  }
}
