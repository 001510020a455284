/** Gives `vi.waitFor` the patience of `expect.poll`, for which Vitest has no setting. */
import { afterAll, vi } from 'vitest';
import { PATIENCE_MS } from './patience.ts';

const { waitFor } = vi;
vi.waitFor = (callback, options = {}) => waitFor(callback, typeof options === 'number' ? options : { timeout: PATIENCE_MS, ...options });

// Files that share a process share `vi`.
afterAll(() => {
  vi.waitFor = waitFor;
});
