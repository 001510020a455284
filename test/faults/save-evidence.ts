/** Saves the evidence of a round that has findings. */
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Evidence } from '#test/faults/evidence.ts';

/** If the findings name more addresses than this, only the findings are saved. */
const MOST = 50;

/**
 * Writes the findings, and everything about each address that a finding names. Resolves to the
 * file's path.
 */
export async function saveEvidence(
  seed: number,
  evidence: Evidence,
  findings: readonly string[],
  logs: readonly string[],
): Promise<string> {
  const text = findings.join('\n');
  const named = new Set(
    [
      ...evidence.sessions.filter(({ id, address }) => text.includes(id) || text.includes(address)),
      ...evidence.visitors.filter(({ name, address }) => new RegExp(`\\b${name}\\b`).test(text) || text.includes(address)),
      ...evidence.chats.filter(({ address }) => text.includes(address)),
    ]
      .map(({ address }) => address)
      .slice(0, MOST),
  );
  const sessions = evidence.sessions.filter(({ address }) => named.has(address));
  const ids = sessions.map(({ id }) => id);
  const kept = {
    seed,
    findings,
    sessions,
    journal: [...named].flatMap((address) => evidence.byAddress.get(address) ?? []),
    recorded: evidence.recorded.filter(({ key, detail }) => ids.some((id) => key.startsWith(id)) || text.includes(detail)),
    webhookRequests: evidence.webhookRequests.filter(({ event }) => event === undefined || ids.includes(event.sessionId)),
    visitors: evidence.visitors.filter(({ address }) => named.has(address)),
    chats: evidence.chats.filter(({ address }) => named.has(address)),
    work: evidence.work,
    deaths: evidence.deaths,
    outages: evidence.outages,
    logs,
  };
  const file = join(tmpdir(), `statechat-round-${seed}.json`);
  await writeFile(file, JSON.stringify(kept, null, 1));
  return file;
}
