/** How long a provider may take to receive a file, so that a slow line breaks no upload off. */

/** Of a slow uplink, 1 Mbit/s. */
const BYTES_PER_MS = 125;

/** Milliseconds beyond a call's limit. It is 80 seconds for 10 MB and 800 seconds for 100 MB. */
export function uploadMs(bytes: number): number {
  return Math.ceil(bytes / BYTES_PER_MS);
}
