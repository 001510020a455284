/** docs/reference/whatsapp-cloud.md has a row for everything that the tables decide. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Ruling } from '#channels/ruling.ts';
import { errorOf, MEANINGS, meaningOf, reasonOf } from '#channels/whatsapp-cloud/errors.ts';
import { FIELDS, MESSAGE_TYPES } from '#channels/whatsapp-cloud/kinds.ts';
import { MENDS } from '#channels/whatsapp-cloud/problems.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/reference/whatsapp-cloud.md'), 'utf8');

describe('the page', () => {
  it.each(Object.entries<Ruling>({ ...FIELDS, ...MESSAGE_TYPES }))('has a row for %s', (name, ruling) => {
    const [[what, text] = []] = Object.entries(ruling);
    expect(page).toContain(`| \`${name}\` | ${what} | ${text} |`);
  });

  it.each([...MEANINGS])('has a row for the code %i', (code, meaning) => {
    const row = new RegExp(`^\\| ${code} \\| (.*) \\| \\[(?:error codes|throughput|user ids)\\] \\|$`, 'm').exec(page)?.[1] ?? '';
    if (meaning.type === 'never') expect(row).toBe(`refused (\`${meaning.reason}\`): ${meaning.why}`);
    else if (meaning.type === 'operator') expect(row).toContain(MENDS[meaning.mend]);
    else expect(row).toContain(meaning.type === 'soon' ? 'again soon, a few times' : `again in ${meaning.afterMs / 1_000} s`);
  });
});

describe('what a failure means', () => {
  const failure = { details: '', status: 400 };

  it.each([
    [
      { code: 100, details: 'Re-engagement message: more than 24 hours have passed' },
      { type: 'never', reason: 'window_closed' },
    ],
    [{ code: 100, details: 'Object with ID does not exist, cannot be loaded due to missing permissions' }, { type: 'operator' }],
    [
      { code: 100, details: 'Invalid parameter' },
      { type: 'never', reason: 'invalid_request' },
    ],
    [{ code: 294 }, { type: 'operator' }],
    [
      { code: 424_242, status: 429 },
      { type: 'later', scope: 'number' },
    ],
    [{ code: 424_242, status: 500 }, { type: 'soon' }],
    [{ code: 131_026, transient: true }, { type: 'soon' }],
    [{ code: 424_242 }, { type: 'never', reason: 'refused' }],
  ])('%j', (given, meaning) => {
    expect(meaningOf({ ...failure, ...given })).toMatchObject(meaning);
  });

  it('is a sentence with the code, and no longer than the journal takes', () => {
    for (const code of MEANINGS.keys()) {
      const reason = reasonOf({ code, details: 'x'.repeat(2_000), status: 0 });
      expect(reason).toContain(String(code));
      expect(reason.length).toBeLessThanOrEqual(500);
      expect(errorOf({ code, details: '', status: 400 }).message).toMatch(/^WhatsApp: \S/);
    }
  });
});
