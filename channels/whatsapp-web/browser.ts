/** The system's browser, because the channel downloads none. */
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { Unavailable } from '#machines/errors.ts';
import type { KnownProblem } from '../channel-problem.ts';
import { whatsAppWebProblem } from './problems.ts';

const USUAL = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/snap/bin/chromium',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** The channel cannot run on this machine as it is. */
class NotInstalled extends Unavailable {
  readonly problem: KnownProblem;
  constructor(problem: KnownProblem, cause?: unknown) {
    super(problem.text, {}, cause);
    this.problem = problem;
    this.name = 'NotInstalled';
  }
}

/** Path of a Chromium. Throws `Unavailable` with a problem that says what to do. */
export async function findChromium(wanted: string | undefined): Promise<string> {
  for (const path of wanted === undefined ? USUAL : [wanted]) if (await isProgram(path)) return path;
  throw new NotInstalled(wanted === undefined ? whatsAppWebProblem('no_chromium', {}) : whatsAppWebProblem('no_program', { path: wanted }));
}

/** Throws `Unavailable` with a problem if the library is not installed. It is not loaded here. */
export function requireLibrary(): void {
  try {
    createRequire(import.meta.url).resolve('whatsapp-web.js');
  } catch (error) {
    throw new NotInstalled(whatsAppWebProblem('no_library', { reason: error instanceof Error ? error.message : String(error) }), error);
  }
}

async function isProgram(path: string): Promise<boolean> {
  return await access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
