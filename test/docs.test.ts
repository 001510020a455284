/**
 * Checks that the docs are true. Links resolve, code compiles and runs, references are generated
 * from the code.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeConfig } from '#src/config/config.ts';
import { codeIn } from './docs-code.ts';
import { PATIENCE_MS } from './patience.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const ignored = /(^|\/)(node_modules|dist|\.statechat|\.docs-[^/]*)(\/|$)/;
const pages = globSync('**/*.md', { cwd: root, exclude: (path) => ignored.test(path) }).sort();
const text = (page: string) => readFileSync(join(root, page), 'utf8');
const withoutCode = (page: string) =>
  text(page)
    .replaceAll(/^ *```.*?^ *```$/gms, '')
    .replaceAll(/`[^`\n]*`/g, '');

/** As code hosts make them from headings. */
const anchors = (page: string) =>
  [...text(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

describe('links', () => {
  test.each(pages)('of %s lead somewhere', (page) => {
    const broken = [...withoutCode(page).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !/^[a-z]+:/.test(target))
      .filter((target) => {
        const [path = '', anchor] = target.split('#');
        const file = path === '' ? page : relative(root, resolve(root, dirname(page), path));
        if (!existsSync(join(root, file))) return true;
        return anchor !== undefined && !anchors(file).includes(anchor);
      });
    expect(broken).toEqual([]);
  });

  test('of docs/reference/channels.md to tests lead to them', () => {
    const paths = [...text('docs/reference/channels.md').matchAll(/`([\w/.-]+\.ts)`/g)].map(([, path = '']) => join('test', path));
    expect(paths.length).toBeGreaterThan(30);
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  test('reach every page of docs/', () => {
    const linked = pages.flatMap((page) =>
      [...withoutCode(page).matchAll(/\]\(([^)#\s]+)/g)].map(([, target = '']) => relative(root, resolve(root, dirname(page), target))),
    );
    expect(pages.filter((page) => page.startsWith('docs/') && !linked.includes(page))).toEqual([]);
  });
});

/** READMEs of folders show excerpts. Commands for readers to run are here. */
const guides = pages.filter((page) => page === 'README.md' || page.startsWith('docs/'));
const blocks = guides.flatMap((page) => codeIn(text(page), page).map((block) => ({ page, ...block })));
const [tests, programs] = [true, false].map((wanted) => blocks.filter(({ file }) => file.endsWith('.test.ts') === wanted));

describe('code in the docs', () => {
  let folder: string;
  beforeAll(() => {
    // Inside the project, so that `statechat/…` means this one.
    folder = mkdtempSync(join(root, '.docs-'));
    for (const { file, code } of blocks) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), code);
    }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ extends: '../tsconfig.json', include: ['**/*.ts'], exclude: [] }));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('compiles', () => {
    const { status, stdout } = spawnSync(join(root, 'node_modules/.bin/tsc'), ['--noEmit', '--project', folder], { encoding: 'utf8' });
    expect(stdout).toBe('');
    expect(status).toBe(0);
  });

  test.each(programs ?? [])('of $page ($file) runs and prints what its comments say', ({ file, code }) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, file)], { encoding: 'utf8', timeout: PATIENCE_MS });
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const said = [...code.matchAll(/^console\.log\(.*\); \/\/ (.*)$/gm)].map(([, comment]) => comment);
    expect(stdout.trim()).toBe(said.join('\n'));
  });

  test.each(tests ?? [])('of $page ($file) is a test that passes', ({ file }) => {
    const { status, stdout } = spawnSync(process.execPath, ['--test', '--test-reporter=tap', join(folder, file)], {
      encoding: 'utf8',
      timeout: PATIENCE_MS,
    });
    expect(stdout).toMatch(/^# pass [1-9]/m);
    expect(stdout).toMatch(/^# fail 0$/m);
    expect(status).toBe(0);
  });
});

/** Update with `npx vitest run test/docs.test.ts -u`. */
describe('generated pages are up to date', () => {
  const rows = describeConfig();
  const groups = [...new Set(rows.map(({ group }) => group))];

  test('docs/reference/configuration.md', async () => {
    const tables = groups.map((group) => {
      const lines = rows
        .filter((row) => row.group === group)
        .map(
          ({ name, fallback, about, secret }) =>
            `| \`${name}\` | ${fallback === undefined ? 'unset' : `\`${fallback}\``} | ${about}${secret ? ' Secret.' : ''} |`,
        );
      return `## ${group}\n\n| name | default | |\n| --- | --- | --- |\n${lines.join('\n')}\n`;
    });
    const page = `# Configuration

The program reads its settings from the environment, and from \`.env\` in the folder in which it is
started. The environment wins. An empty value counts as unset. If a value is wrong, or an unknown
name begins with \`STATECHAT_\`, \`TELEGRAM_\` or \`SESSION_\`, the program does not start, and one
message names all problems. Secrets are never printed.

<!-- Generated from src/config/settings.ts: npx vitest run test/docs.test.ts -u -->

${tables.join('\n')}`;
    await expect(page).toMatchFileSnapshot('../docs/reference/configuration.md');
  });

  test('.env.example', async () => {
    const lines = rows.map(({ name, fallback, about }) => `# ${about.replaceAll('`', '')}\n# ${name}=${fallback ?? ''}\n`);
    const page = `# Copy this file to .env and uncomment what you change. docs/reference/configuration.md says more.\n\n${lines.join('\n')}`;
    await expect(page).toMatchFileSnapshot('../.env.example');
  });
});
