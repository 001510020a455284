/**
 * What an export holds of memory, measured in a process of its own. A session of 50,000 entries
 * takes little more than one of 5,000.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { EXPORT_FORMATS, type ExportFormat } from '#src/operations/export-port.ts';

const MEGABYTE = 1_048_576;
const measured = z.object({ bytes: z.number(), held: z.number(), resident: z.number() });

async function exported(format: ExportFormat, entries: number): Promise<z.output<typeof measured>> {
  const script = join(import.meta.dirname, 'write-export.ts');
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', script, format, String(entries)]);
  return measured.parse(JSON.parse(stdout));
}

test.each(EXPORT_FORMATS)(
  '%s of ten times as many entries holds no more',
  async (format) => {
    const small = await exported(format, 5_000);
    const large = await exported(format, 50_000);
    expect(large.bytes / small.bytes).toBeGreaterThan(8);
    // The entries of the large one are 30 MB as they are read. A PDF ends with a table of its
    // pages.
    expect(large.held - small.held).toBeLessThan((format === 'pdf' ? 12 : 3) * MEGABYTE);
    // What the process has taken depends on when it collects.
    expect(large.resident / small.resident).toBeLessThan(2);
  },
  600_000,
);
