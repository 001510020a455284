import { setTimeout as delay } from 'node:timers/promises';

/** Polls with a deadline. Resolves to whether it came true. */
export async function eventually(check: () => boolean | Promise<boolean>, withinMs: number): Promise<boolean> {
  for (const deadline = Date.now() + withinMs; Date.now() < deadline; await delay(50)) if (await check()) return true;
  return check();
}
