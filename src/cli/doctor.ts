/** Runs the checks one after the other and prints each result, with how to fix what is wrong. */

export type Finding =
  | { readonly status: 'well'; readonly detail: string }
  /** It works, and the operator should know. */
  | { readonly status: 'note'; readonly detail: string }
  | { readonly status: 'wrong'; readonly detail: string; readonly fix: string };

export const well = (detail: string): Finding => ({ status: 'well', detail });
export const note = (detail: string): Finding => ({ status: 'note', detail });
export const wrong = (detail: string, fix: string) => ({ status: 'wrong', detail, fix }) as const satisfies Finding;

export interface Check {
  readonly name: string;
  /** Milliseconds after which it is given up. Default 10,000. */
  readonly timeoutMs?: number;
  /** A rejection counts as wrong, with its message. */
  run(signal: AbortSignal): Promise<Finding>;
}

/** Longer than any healthy answer takes, and short enough to wait for at a terminal. */
const TIMEOUT_MS = 10_000;
const MARKS = { well: '✔', note: '•', wrong: '✘' } as const;

/** To make a check may take a while, so a check is printed before the next one is made. */
export type Checks = Iterable<Check> | AsyncIterable<Check>;

/** Resolves to whether nothing is wrong. */
export async function runDoctor(checks: Checks, out: (line: string) => void): Promise<boolean> {
  let count = 0;
  let faults = 0;
  for await (const check of checks) {
    const finding = await find(check, check.timeoutMs ?? TIMEOUT_MS);
    count += 1;
    out(`${MARKS[finding.status]} ${check.name}: ${finding.detail}`);
    if (finding.status === 'wrong') {
      faults += 1;
      out(`    ${finding.fix.replaceAll('\n', '\n    ')}`);
    }
  }
  out(faults === 0 ? 'All is well.' : `${faults} of ${count} checks found something to fix.`);
  return faults === 0;
}

async function find(check: Check, timeoutMs: number): Promise<Finding> {
  const over = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Finding>((resolve) => {
    timer = setTimeout(() => {
      over.abort();
      resolve(wrong(`no answer within ${timeoutMs / 1000} s`, 'Is it running, and does a firewall let the connection through?'));
    }, timeoutMs);
  });
  try {
    return await Promise.race([check.run(over.signal), late]);
  } catch (error) {
    return wrong(
      error instanceof Error ? error.message : String(error),
      'The message above says what happened. Start with LOG_LEVEL=debug for more.',
    );
  } finally {
    clearTimeout(timer);
  }
}
