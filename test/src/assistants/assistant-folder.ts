/** A folder of assistants inside the project, so that `statechat/assistant` means this one. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { codeIn } from '#test/docs-code.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const GUIDE = 'docs/guide/your-own-assistant.md';

export interface AssistantFolder {
  readonly path: string;
  write(file: string, code: string): void;
  remove(): void;
}

export function assistantFolder(files: Readonly<Record<string, string>> = {}): AssistantFolder {
  const path = mkdtempSync(join(root, '.docs-assistants-'));
  const write = (file: string, code: string): void => writeFileSync(join(path, file), code);
  for (const [file, code] of Object.entries(files)) write(file, code);
  return { path, write, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** A file that the guide has its reader write. */
export function fileOfGuide(name: string): string {
  const found = codeIn(readFileSync(join(root, GUIDE), 'utf8'), GUIDE).find(({ file }) => basename(file) === name);
  if (found === undefined) throw new Error(`${GUIDE} has no code for ${name}`);
  return found.code;
}
