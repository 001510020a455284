/**
 * The interpreter runs in a browser. It is bundled for one, with nothing of Node in it, and hosts a
 * session in a context that has no more than the language and structuredClone.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../../..');

const PAGE = `
  import { createMachine, fromPromise, setup } from 'xstate';
  import { HostedActor } from '#actors/interpreter/hosted-actor.ts';
  import { decodeSnapshot, encodeSnapshot } from '#actors/interpreter/stored-snapshot.ts';
  import { validateMachine } from '#actors/interpreter/validate-machine.ts';

  const machine = setup({ actors: { work: fromPromise(async () => 1) } }).createMachine({
    id: 'light',
    initial: 'green',
    states: { green: { after: { 1000: 'red' } }, red: { invoke: { src: 'work', id: 'work', onDone: 'done' } }, done: {} },
  });
  const { problems } = validateMachine(machine, () => false);
  const definition = { id: 'light', version: 1, machine };
  const { actor } = HostedActor.open(definition, undefined, 0);
  const stored = JSON.stringify(encodeSnapshot(actor.persist()));
  const restored = HostedActor.restore(definition, decodeSnapshot(JSON.parse(stored)));
  const timer = restored.timers()[0];
  const { invocations } = restored.step({ kind: 'timer', serial: timer.serial }, timer.due);
  globalThis.shown = { problems, value: restored.view().value, started: invocations.map(({ id }) => id) };
`;

/** Bundles what is on standard input. Vite keeps pipes open, so it runs in a process of its own. */
const BUNDLE = `
  import { isBuiltin } from 'node:module';
  import { text } from 'node:stream/consumers';
  import { build } from 'vite';

  const source = await text(process.stdin);
  const page = process.cwd() + '/page.js';
  const builtins = [];
  const plugin = {
    name: 'page',
    enforce: 'pre',
    resolveId(id) {
      if (isBuiltin(id)) builtins.push(id);
      return id === page ? id : undefined;
    },
    load: (id) => (id === page ? source : undefined),
  };
  const output = { format: 'iife' };
  const built = await build({
    configFile: false,
    logLevel: 'silent',
    plugins: [plugin],
    build: { write: false, minify: false, rolldownOptions: { input: page, output } },
  });
  const chunks = [built].flat().flatMap(({ output }) => output).map(({ code }) => code);
  process.stdout.write(JSON.stringify({ builtins, chunks }));
`;

test('it is bundled without Node and steps a machine', () => {
  const bundled = execFileSync(process.execPath, ['--input-type=module', '--eval', BUNDLE], { cwd: root, input: PAGE, encoding: 'utf8' });
  const { builtins, chunks } = JSON.parse(bundled) as { readonly builtins: readonly string[]; readonly chunks: readonly string[] };
  expect(builtins).toEqual([]);
  expect(chunks).toHaveLength(1);
  const globals: { readonly shown?: unknown } = { structuredClone } as object;
  runInNewContext(String(chunks[0]), globals);
  expect(JSON.parse(JSON.stringify(globals.shown))).toEqual({ problems: [], value: 'red', started: ['work'] });
});
