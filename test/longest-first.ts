/**
 * Which test files begin first. A long one that begins last is what a run ends up waiting for, with every other processor idle.
 * Where they have run before, vitest knows how long each took; in a fresh clone it goes by their size, which says nothing: the longest of all
 * has 60 lines. So it goes by their folder there: the longest files are those that start the program, browsers and servers.
 */
import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Where long files are, the longest first. The rest is quick, and fills the gaps at the end. The two that let processes die by the dozen
 * do not begin together: on few processors they would starve each other.
 */
const LONG = ['faults/storms.test.ts', 'end-to-end', 'console', 'faults', 'bench', 'storage', 'src', 'docs.test.ts'];

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
