/**
 * Order of test files. Files that share a process stand together at the end, because vitest gives a
 * process up as soon as the next file is one that needs its own.
 *
 * If a long file begins last, the run waits for it with every other processor idle. After a first
 * run, vitest knows how long each file took. In a fresh clone it would sort by size, which shows
 * nothing, because the longest of all has 60 lines. So folders decide there. The longest files are
 * those that start the program, browsers and servers.
 */
import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Folders of long files, the longest first. The other files are short and fill the gaps at the end.
 * The two files that kill many processes do not begin together, because on few processors they
 * would starve each other.
 */
const LONG = ['faults/kills.test.ts', 'end-to-end', 'console', 'faults', 'bench', 'storage', 'src', 'docs.test.ts'];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const usual = await super.sort(files);
    const measured = files.every((file) => this.ctx.cache.getTestSpecificationResult(file) !== undefined);
    const sorted = measured ? usual : usual.toSorted((a, b) => rank(a) - rank(b));
    return sorted.toSorted((a, b) => Number(b.project.config.isolate) - Number(a.project.config.isolate));
  }
}

function rank({ moduleId }: TestSpecification): number {
  const file = relative(import.meta.dirname, moduleId);
  const at = LONG.findIndex((where) => file === where || file.startsWith(`${where}/`));
  return at === -1 ? LONG.length : at;
}
