/**
 * MCP over stdio. Standard output carries the protocol alone. The client ends the connection by
 * closing standard input.
 */
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import type { McpServer } from '@modelcontextprotocol/server';
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio';

/** Bytes of one message. */
const MAX_MESSAGE = 1_048_576;

export interface StdioParts {
  readonly input: Readable;
  readonly output: Writable;
  /** The first message chooses the revision. A server may be made only to find out. */
  readonly serverFor: () => McpServer;
  readonly onError: (error: Error) => void;
}

/** Resolves when the client has closed its end. */
export async function serveMcpStdio({ input, output, serverFor, onError }: StdioParts): Promise<void> {
  const ended = Promise.race([once(input, 'end'), once(input, 'close')]);
  const transport = new StdioServerTransport(input, output, { maxBufferSize: MAX_MESSAGE });
  const connection = serveStdio(serverFor, { transport, onerror: onError });
  await ended;
  await connection.close();
}
