/**
 * Assistants as files (A10), with the assistants that are found and the error messages for those
 * with problems.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { allAssistants, checkChosen } from '#src/assistants/all-assistants.ts';
import { AssistantsError, loadAssistants } from '#src/assistants/load-assistants.ts';
import { programAssistants } from '#src/assistants/program-assistants.ts';
import { assistantsCheck } from '#src/cli/checks.ts';
import { ConfigError, readConfig } from '#src/config/config.ts';
import { createLog } from '#src/telemetry/log.ts';
import { type AssistantFolder, assistantFolder } from './assistant-folder.ts';

const folders: AssistantFolder[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) folder.remove();
});

function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = assistantFolder(files);
  folders.push(folder);
  return folder.path;
}

const named = (name: string, more = '') =>
  `import { defineAssistant } from 'statechat/assistant';\nexport default defineAssistant({ name: '${name}', prompt: 'Be kind.', ${more} });\n`;

const log = createLog({ level: 'silent' });
const all = (path: string) => allAssistants(readConfig({ STATECHAT_ASSISTANTS_DIR: path }), log);

async function faultsOf(work: Promise<unknown>): Promise<readonly string[]> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof AssistantsError)) throw new Error(`no AssistantsError: ${String(error)}`);
  return error.faults.map(({ file, fault }) => `${file.split('/').at(-1)}: ${fault}`);
}

describe('a folder of assistants', () => {
  it('gives every assistant of its files, in order, and leaves alone what is none', async () => {
    const path = folderOf({
      'b.js': named('b'),
      'a.ts': named('a'),
      'c.mjs': `${named('c').replace('export default ', 'const c = ')}export default [c, defineAssistant({ name: 'd', prompt: 'x' })];`,
      'a.test.ts': 'throw new Error("a test was run");',
      'a.d.ts': 'export {};',
      'notes.md': 'no code',
      '.hidden.ts': 'throw new Error("a hidden file was run");',
    });
    mkdirSync(join(path, 'shared.ts'));
    const loaded = await loadAssistants(path);
    expect(loaded.map(({ file, assistant }) => `${file.slice(path.length + 1)} ${assistant.name}`)).toEqual([
      'a.ts a',
      'b.js b',
      'c.mjs c',
      'c.mjs d',
    ]);
    expect((await all(path)).map(({ name }) => name)).toEqual([...programNames(), 'a', 'b', 'c', 'd']);
  });

  it('that does not exist has none', async () => {
    expect(await loadAssistants(join(folderOf({}), 'nowhere'))).toEqual([]);
  });

  it('that is a file is told of', async () => {
    const path = folderOf({ 'a.ts': named('a') });
    expect(await faultsOf(loadAssistants(join(path, 'a.ts')))).toEqual(['a.ts: it is no folder. Set STATECHAT_ASSISTANTS_DIR to one.']);
  });

  it('has every fault told at once, with its file and what to do', async () => {
    const path = folderOf({
      'bare.ts': 'export const name = 1;',
      'broken.ts': 'export default {',
      'fine.ts': named('fine'),
      'list.ts': 'export default [];',
      'look-alike.ts': `export default { name: 'x', prompt: 'y', workflows: [], policy: {} };`,
      'spread.ts': `${named('x').replace('export default ', 'const x = ')}export default { ...x, name: 'NO NAME' };`,
      'thrower.ts': '\nthrow new TypeError("no café today");',
      'undefined.ts': named('Not A Name'),
    });
    const faults = await faultsOf(loadAssistants(path));
    const none = 'its default export is not what defineAssistant gave, nor a list of such. Write: export default defineAssistant({ … })';
    expect(faults).toEqual([
      'bare.ts: it has no default export. Write: export default defineAssistant({ … })',
      expect.stringMatching(/^broken\.ts: it could not be read.*Error/s),
      `list.ts: ${none}`,
      `look-alike.ts: ${none}`,
      `spread.ts: ${none}`,
      expect.stringMatching(/^thrower\.ts: it could not be read \(line 2\): TypeError: no café today/),
      expect.stringMatching(/^undefined\.ts: The assistant "Not A Name" is not right\..*lower case letters/s),
    ]);
    await expect(loadAssistants(path)).rejects.toThrow(
      /^7 assistants are wrong:\n.*\ndocs\/guide\/your-own-assistant\.md shows a whole one\.$/s,
    );
  });

  it('may not take names that are taken: of assistants, tools, workflows, the program’s own among them', async () => {
    const [owner] = programAssistants(readConfig({}), Date.now).filter(({ tools = [] }) => tools.length > 0);
    const tool = owner?.tools?.[0]?.spec.name;
    const workflow = owner?.workflows[0]?.name;
    const parts = `import { defineTool, defineWorkflow } from 'statechat/assistant';\nimport * as z from 'zod';\n`;
    const toolOf = (name: string) =>
      `tools: [defineTool({ name: '${name}', description: '', input: z.object({}), run: async () => null })]`;
    const path = folderOf({
      'a.ts': named('companion'),
      'b.ts': named('twin', ''),
      'c.ts': named('twin', ''),
      'd.ts': parts + named('d', toolOf(String(tool))),
      'e.ts': parts + named('e', toolOf('mine')),
      'f.ts': parts + named('f', toolOf('mine')),
      'g.ts':
        parts +
        named(
          'g',
          `workflows: [defineWorkflow({ name: '${workflow}', params: z.object({}), prompt: () => ({ system: [], messages: [] }) })]`,
        ),
    });
    expect(await faultsOf(all(path))).toEqual([
      'a.ts: there is an assistant "companion" already: take another name.',
      'c.ts: there is an assistant "twin" already: take another name.',
      `d.ts: its tool "${tool}" has the name of one of "${owner?.name}": take another name.`,
      'f.ts: its tool "mine" has the name of one of "e": take another name.',
      `g.ts: its workflow "${workflow}" has the name of one of "${owner?.name}": take another name.`,
    ]);
  });
});

it('doctor names the assistants, or what is wrong with them', async () => {
  const check = (path: string) => assistantsCheck(async () => (await all(path)).map(({ name }) => name)).run(AbortSignal.timeout(10_000));
  expect(await check(folderOf({ 'cafe.ts': named('cafe') }))).toEqual({ status: 'well', detail: [...programNames(), 'cafe'].join(', ') });
  expect(await check(folderOf({ 'cafe.ts': '' }))).toMatchObject({
    status: 'wrong',
    fix: expect.stringMatching(/cafe\.ts: it has no default export/),
  });
});

it('a channel’s assistant has to exist', () => {
  const config = readConfig({ STATECHAT_ASSISTANTS: 'telegram=cafe,web=nobody' });
  expect(() => checkChosen(config, [{ name: 'companion' }, { name: 'cafe' }])).toThrow(ConfigError);
  expect(() => checkChosen(config, [{ name: 'companion' }, { name: 'cafe' }])).toThrow(/web=nobody.*Choose one of companion, cafe\./);
  // The other channels have the companion.
  expect(() => checkChosen(config, [{ name: 'companion' }, { name: 'nobody' }, { name: 'cafe' }])).not.toThrow();
});

function programNames(): readonly string[] {
  return programAssistants(readConfig({}), Date.now).map(({ name }) => name);
}
