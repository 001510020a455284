/** The system's browser, because the channel downloads none. */
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { Unavailable } from '#machines/errors.ts';

const USUAL = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/snap/bin/chromium',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** Path of a Chromium. Throws `Unavailable` with a sentence that says what to do. */
export async function findChromium(wanted: string | undefined): Promise<string> {
  for (const path of wanted === undefined ? USUAL : [wanted]) if (await isProgram(path)) return path;
  const message =
    wanted === undefined
      ? 'There is no Chromium for WhatsApp Web: run apt-get install -y chromium, or set WHATSAPP_WEB_CHROMIUM to the path of a Chrome.'
      : `There is no program at ${wanted}: set WHATSAPP_WEB_CHROMIUM to the path of a Chromium or Chrome.`;
  throw new Unavailable(message, { path: wanted ?? null });
}

/** Throws `Unavailable` with a sentence if the library is not installed. It is not loaded here. */
export function requireLibrary(): void {
  try {
    createRequire(import.meta.url).resolve('whatsapp-web.js');
  } catch (error) {
    throw new Unavailable('The package whatsapp-web.js is not installed: run npm install whatsapp-web.js.', {}, error);
  }
}

async function isProgram(path: string): Promise<boolean> {
  return await access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
