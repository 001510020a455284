import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { Actor, createMachine } from 'xstate';
import { Registry } from '#actors/contract/registry.ts';
import { checkXState } from '#actors/interpreter/xstate-internals/check-xstate.ts';

const root = join(import.meta.dirname, '../../..');
const INTERNALS = 'actors/interpreter/xstate-internals/';
const THIS = 'test/actors/interpreter/xstate-internals.test.ts';
const PRODUCT = 'machines,storage,channels,actors,agent-service,assistants,src,console';

const sourcesOf = (folders: string): readonly { readonly file: string; readonly text: string }[] =>
  globSync(`{${folders}}/**/*.{ts,tsx}`, { cwd: root, exclude: ['**/node_modules/**', '**/dist/**'] })
    .filter((file) => !file.startsWith(INTERNALS) && file !== THIS)
    .map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }));

const filesWith = (folders: string, found: (text: string) => boolean): readonly string[] =>
  sourcesOf(folders).flatMap(({ file, text }) => (found(text) ? [file] : []));

/** Names that begin with an underscore and are no parameters. */
function underscored(text: string): ReadonlySet<string> {
  const members = text.matchAll(/\.(_[a-z]\w+)|\b(_[a-z]\w+)\??:(?!\s*(?:string|AnyActorRef)\b)|['"](_[a-z]\w+)['"]/gi);
  return new Set([...members].map((match) => match[1] ?? match[2] ?? match[3] ?? ''));
}

describe('XState’s undocumented members', () => {
  const sources = globSync(`${INTERNALS}*.ts`, { cwd: root }).map((file) => readFileSync(join(root, file), 'utf8'));
  const members = underscored(sources.join('\n'));

  test('stand in one folder', () => {
    expect([...members]).toEqual(expect.arrayContaining(['_send', '_stop', '_relay', '_nodes', '_processingStatus', '_bookId']));
    // `{ snapshot: _snapshot }` names a variable.
    // `#_parent` is an address of SCXML.
    const touches = new RegExp(`(?<!: |#)\\b(?:${[...members].join('|')})\\b`);
    expect(filesWith(`${PRODUCT},test,bench`, (text) => touches.test(text))).toEqual([]);
  });

  test('are not reached by reflection', () => {
    expect(filesWith('actors/interpreter', (text) => /\bReflect\./.test(text))).toEqual([]);
    expect(filesWith(PRODUCT, (text) => /\bReflect\./.test(text) && /^import (?!type)[^;]*from 'xstate'/m.test(text))).toEqual([]);
  });
});

describe('the check of the installed xstate', () => {
  const undo: (() => void)[] = [];
  afterEach(() => {
    for (const restore of undo.splice(0)) restore();
  });

  /** Hides a member of a class, as a release of XState that renamed it would. */
  function hide(owner: { readonly prototype: object }, name: string): void {
    const member = Object.getOwnPropertyDescriptor(owner.prototype, name);
    Reflect.deleteProperty(owner.prototype, name);
    undo.push(() => Object.defineProperty(owner.prototype, name, member ?? {}));
  }

  test('passes', () => {
    expect(checkXState).not.toThrow();
  });

  test('names a member that is missing, in one sentence', () => {
    hide(Actor, '_send');
    expect(checkXState).toThrow(
      'The installed xstate cannot host sessions, because it lacks _send (the way an event reaches an actor): install xstate ~5.33, or run `npm run conformance` against it.',
    );
  });

  test('finds a seam that XState no longer uses', () => {
    const start: () => void = Reflect.get(Actor.prototype, 'start');
    hide(Actor, 'start');
    Reflect.set(Actor.prototype, 'start', function (this: { system: object }) {
      const { system } = this;
      this.system = Object.create(system, { _register: { value: () => {} } });
      start.call(this);
      this.system = system;
    });
    expect(checkXState).toThrow('lacks the use of _register (when an actor starts)');
  });

  test('runs when a machine is registered', () => {
    const machine = createMachine({ id: 'm' });
    const register = () => new Registry({ assistants: [{ name: 'a', definitions: [{ id: 'm', version: 1, machine }] }], effects: [] });
    expect(register).not.toThrow();
    hide(Actor, '_stop');
    expect(register).toThrow('lacks _stop');
  });
});
