/** Requests of MCP as any program can send them, without a client that keeps to the protocol. */

export interface McpRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const MODERN = '2026-07-28';

/** A request of the newest revision, or of another. */
export function mcpRequest(
  method: string,
  params: Readonly<Record<string, unknown>>,
  { version = MODERN, name }: { readonly version?: string; readonly name?: string } = {},
): McpRequest {
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': version,
    'io.modelcontextprotocol/clientInfo': { name: 'a-test', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  return {
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': version,
      'mcp-method': method,
      ...(name === undefined ? {} : { 'mcp-name': name }),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta } }),
  };
}

export const toolCall = (name: string, args: unknown): McpRequest => mcpRequest('tools/call', { name, arguments: args }, { name });

/**
 * The message in an answer, which is JSON or the first event of a stream. Undefined without one.
 */
export function mcpMessage(text: string): unknown {
  return text === '' ? undefined : JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? text);
}
