/**
 * How the properties about what is generated are run. FC_RUNS sets how many machines, FC_SEED
 * which ones. Without it they are always the same, so that a run can be repeated. `FC_SEED=random`
 * draws others. A failure prints the seed and the path. Set FC_SEED and FC_PATH to them to see it
 * again.
 */

const { FC_RUNS, FC_SEED, FC_PATH } = process.env;
const DEFAULT_SEED = 1;

const seed = FC_SEED === 'random' ? Math.floor(Math.random() * 2 ** 31) : Number(FC_SEED ?? DEFAULT_SEED);

/** Parameters of `fc.assert`. Prints the seed. */
export function runsOf(property: string, usually: number): { readonly numRuns: number; readonly seed: number; readonly path?: string } {
  const numRuns = Number(FC_RUNS ?? usually);
  process.stdout.write(`${property}: ${numRuns} of FC_SEED=${seed}\n`);
  return { numRuns, seed, ...(FC_PATH ? { path: FC_PATH, endOnFailure: true } : {}) };
}
