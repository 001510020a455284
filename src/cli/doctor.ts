/** Runs the checks one after the other and prints each result, with how to fix what is wrong. */

export type Finding =
  | { readonly status: 'well'; readonly detail: string }
  /** It works, and the operator should know. */
  | { readonly status: 'note'; readonly detail: string }
  | { readonly status: 'wrong'; readonly detail: string; readonly fix: string };

export interface Check {
  readonly name: string;
  /** A rejection counts as wrong, with its message. */
  run(signal: AbortSignal): Promise<Finding>;
}

/** Longer than any healthy answer takes, and short enough to wait for at a terminal. */
const TIMEOUT_MS = 10_000;
const MARKS = { well: '✔', note: '•', wrong: '✘' } as const;

/** Resolves to whether nothing is wrong. */
export async function runDoctor(checks: readonly Check[], out: (line: string) => void, timeoutMs: number = TIMEOUT_MS): Promise<boolean> {
  let wrong = 0;
  for (const check of checks) {
    const finding = await find(check, timeoutMs);
    out(`${MARKS[finding.status]} ${check.name}: ${finding.detail}`);
    if (finding.status === 'wrong') {
      wrong += 1;
      out(`    ${finding.fix.replaceAll('\n', '\n    ')}`);
    }
  }
  out(wrong === 0 ? 'All is well.' : `${wrong} of ${checks.length} checks found something to fix.`);
  return wrong === 0;
}

async function find(check: Check, timeoutMs: number): Promise<Finding> {
  const over = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Finding>((resolve) => {
    timer = setTimeout(() => {
      over.abort();
      resolve({
        status: 'wrong',
        detail: `no answer within ${timeoutMs / 1000} s`,
        fix: 'Is it running, and does a firewall let the connection through?',
      });
    }, timeoutMs);
  });
  try {
    return await Promise.race([check.run(over.signal), late]);
  } catch (error) {
    return {
      status: 'wrong',
      detail: error instanceof Error ? error.message : String(error),
      fix: 'The message above says what happened. Start with LOG_LEVEL=debug for more.',
    };
  } finally {
    clearTimeout(timer);
  }
}
