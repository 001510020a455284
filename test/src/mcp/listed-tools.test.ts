/** The tools that a caller of some scopes is shown. */
import { Client, InMemoryTransport } from '@modelcontextprotocol/client';
import { expect, it } from 'vitest';
import { createMcpServer, type McpServerParts } from '#src/mcp/create-server.ts';

async function listed(allows?: McpServerParts['allows']) {
  const perform = () => Promise.reject(new Error('nothing is performed here'));
  const server = createMcpServer({ perform, version: '1.0.0', onDefect: () => {}, ...(allows === undefined ? {} : { allows }) });
  const client = new Client({ name: 'a-test', version: '1.0.0' });
  const [mine, other] = InMemoryTransport.createLinkedPair();
  await Promise.all([server.connect(other), client.connect(mine)]);
  try {
    return (await client.listTools()).tools;
  } finally {
    await client.close();
  }
}

it('are described as the SDK describes them, where all are allowed', async () => {
  const all = await listed();
  expect(all).toHaveLength(7);
  expect(await listed(() => true)).toEqual(all);
});

it('are those of its scopes', async () => {
  const names = async (scope: string) => (await listed((one) => one === scope)).map(({ name }) => name);
  expect(await names('analysis:read')).toEqual(['get-session-info', 'list-sessions', 'get-session-analytics']);
  expect(await names('analysis:write')).toEqual(['create-analysis-session', 'extend-session', 'search-by-symbol', 'search-by-coin']);
  expect(await names('audit:read')).toEqual([]);
});
