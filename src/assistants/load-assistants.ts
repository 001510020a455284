/**
 * Assistants as files (A10). Every `.ts`, `.js` and `.mjs` file directly in a folder is imported.
 * It exports by default what `defineAssistant` returned, or a list of such. Tests (`*.test.*`) and
 * declarations (`*.d.ts`) are left alone. What several files share goes into a folder of its own.
 */
import { readdir, realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as z from 'zod';
import { type Assistant, isAssistant } from '#assistants/define-assistant.ts';
import { StatechatError } from '#machines/errors.ts';

export interface LoadedAssistant {
  /** The absolute path of its file. */
  readonly file: string;
  readonly assistant: Assistant;
}

export interface AssistantFault {
  /** The whole path of a file, or of the folder. */
  readonly file: string;
  /** What is wrong and what to do about it. */
  readonly fault: string;
}

/**
 * The content of the folder of assistants is wrong. `message` lists all faults and how to fix them.
 */
export class AssistantsError extends StatechatError {
  readonly faults: readonly AssistantFault[];

  constructor(faults: readonly AssistantFault[]) {
    const list = faults.map(({ file, fault }) => `  ${file}: ${fault.replaceAll('\n', '\n    ')}`).join('\n');
    const count = faults.length === 1 ? 'One assistant is' : `${faults.length} assistants are`;
    super('invalid_assistants', `${count} wrong:\n${list}\ndocs/guide/your-own-assistant.md shows a whole one.`, { facts: { faults } });
    this.name = 'AssistantsError';
    this.faults = faults;
  }
}

const FILE = /^[^.].*(?<!\.test|\.d)\.(ts|js|mjs)$/;
const PROGRAM = fileURLToPath(new URL('../..', import.meta.url));

const made = z.custom<Assistant>(isAssistant);
const exported = z.union([made.transform((one) => [one]), z.array(made).min(1)]);

/**
 * In the order of the files' names. The list is empty if there is no such folder. Throws
 * `AssistantsError` with all faults at once.
 */
export async function loadAssistants(folder: string): Promise<readonly LoadedAssistant[]> {
  const loaded: LoadedAssistant[] = [];
  const faults: AssistantFault[] = [];
  for (const file of await filesIn(folder)) {
    try {
      loaded.push(...(await assistantsOf(file)).map((assistant) => ({ file, assistant })));
    } catch (error) {
      faults.push({ file, fault: faultOf(file, error) });
    }
  }
  if (faults.length > 0) throw new AssistantsError(faults);
  return loaded;
}

async function filesIn(folder: string): Promise<readonly string[]> {
  try {
    const real = await realpath(folder);
    const entries = await readdir(real, { withFileTypes: true });
    return entries
      .filter((entry) => !entry.isDirectory() && FILE.test(entry.name))
      .map(({ name }) => join(real, name))
      .sort();
  } catch (error) {
    const code: unknown = Reflect.get(Object(error), 'code');
    if (code === 'ENOENT') return [];
    const fault = code === 'ENOTDIR' ? 'it is no folder. Set STATECHAT_ASSISTANTS_DIR to one.' : `it cannot be read (${String(code)}).`;
    throw new AssistantsError([{ file: folder, fault }]);
  }
}

async function assistantsOf(file: string): Promise<readonly Assistant[]> {
  const module: object = await import(pathToFileURL(file).href);
  if (!('default' in module))
    throw new StatechatError('no_default', 'it has no default export. Write: export default defineAssistant({ … })');
  const found = exported.safeParse(module.default);
  if (found.success) return found.data;
  throw new StatechatError(
    'no_assistant',
    'its default export is not what defineAssistant gave, nor a list of such. Write: export default defineAssistant({ … })',
  );
}

function faultOf(file: string, error: unknown): string {
  if (!(error instanceof Error)) return `it threw ${String(error)} while it was read.`;
  // Errors of the program say what to do. They are recognized by name, because a file may have
  // found another copy of the class.
  if (error instanceof StatechatError || error.name === 'InvalidInput') return error.message;
  const [, line] = /^(\d+)/.exec(error.stack?.split(`${basename(file)}:`)[1] ?? '') ?? [];
  const where = line === undefined ? '' : ` (line ${line})`;
  const missing = /^Cannot find package '(statechat|zod|xstate)'/.exec(error.message)?.[1];
  const fix =
    missing === undefined
      ? ''
      : ` Keep the folder inside ${PROGRAM}, or run npm install ${missing === 'statechat' ? PROGRAM : missing} beside it.`;
  return `it could not be read${where}: ${error.name}: ${error.message}.${fix}`;
}
