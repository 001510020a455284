/** The commands that the start page gives to copy do what it says, in a real shell. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';
import { giveBackCommand, takeOverCommand } from '../../console/start/machine.ts';
import { STRINGS } from '../../console/start/strings.ts';
import { API_TOKEN, runApp } from './running-app.ts';

// A path that a shell would split and end early.
const folder = mkdtempSync(join(tmpdir(), "it's me "));
const tokenFile = join(folder, 'api-token');
writeFileSync(tokenFile, `${API_TOKEN}\n`);
afterAll(() => rmSync(folder, { recursive: true }));

it.each(['en', 'ar'] as const)('takes the newest conversation over and gives it back, in %s', async (language) => {
  const { colleague } = STRINGS[language].takeOver;
  const app = await runApp({ SESSION_STORAGE_TYPE: 'memory' });
  try {
    const visitor = await app.visitor();
    const { sessionId } = await visitor.write('Hello');
    const take = takeOverCommand({ tokenFile }, app.url, colleague);
    await promisify(execFile)('bash', ['-c', take]);
    expect(await app.api.session(sessionId)).toMatchObject({ handler: 'human' });
    expect((await app.api.said(sessionId)).at(-1)).toMatchObject({ kind: 'agent.message', text: colleague.greeting });
    // In one terminal, because it goes on with the variables of the first command.
    await promisify(execFile)('bash', ['-c', `${take}\n${giveBackCommand(colleague)}`]);
    expect(await app.api.session(sessionId)).toMatchObject({ handler: 'bot' });
  } finally {
    await app.stop();
  }
});
