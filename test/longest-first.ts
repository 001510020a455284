/**
 * Which test files begin first. A long one that begins last is what a run ends up waiting for, with every other processor idle.
 * Where they have run before, vitest knows how long each took; in a fresh clone it goes by their size, which says nothing: the longest of all
 * has 60 lines. So it goes by their folder there: the longest files are those that start the program, browsers and servers.
 */
import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Folders of long files, the longest first. The other files are short and fill the gaps at the end. The two files that kill many
 * processes do not begin together, because on few processors they would starve each other.
 */
const LONG = ['faults/kills.test.ts', 'end-to-end', 'console', 'faults', 'bench', 'storage', 'src', 'docs.test.ts'];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const usual = await super.sort(files);
    if (files.every((file) => this.ctx.cache.getTestSpecificationResult(file) !== undefined)) return usual;
    return usual.toSorted((a, b) => rank(a) - rank(b));
  }
}

function rank({ moduleId }: TestSpecification): number {
  const file = relative(import.meta.dirname, moduleId);
  const at = LONG.findIndex((where) => file === where || file.startsWith(`${where}/`));
  return at === -1 ? LONG.length : at;
}
