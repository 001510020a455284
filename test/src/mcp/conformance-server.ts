/**
 * The server of the program with the tools, resources and prompts that the public conformance suite
 * calls. It is made and served by the program's own code. Only the bearer token is left out,
 * because the suite has none.
 */
import {
  acceptedContent,
  type CallToolResult,
  completable,
  createRequestStateCodec,
  fromJsonSchema,
  type InputRequests,
  type InputRequiredResult,
  inputRequired,
  inputResponse,
  type McpServer,
  ResourceTemplate,
  type ServerContext,
} from '@modelcontextprotocol/server';
import express from 'express';
import * as z from 'zod';
import { Unavailable } from '#machines/errors.ts';
import { createMcpServer } from '#src/mcp/create-server.ts';
import { MCP_PATH, mcpEndpoint } from '#src/mcp/http.ts';
import { performHere } from '#src/mcp/perform.ts';
import { tokenCaller } from '#src/operations/caller.ts';
import { testContext } from '#test/src/operations/test-context.ts';

/** One red pixel. */
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==';
/** A header without samples. */
const WAV = 'UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA=';

const codec = createRequestStateCodec<{ readonly step: number }>({ key: 'a key of these tests alone, of 32 bytes' });

export interface ConformanceServer {
  readonly url: string;
  readonly defects: readonly unknown[];
  close(): Promise<void>;
}

export async function startConformanceServer(): Promise<ConformanceServer> {
  const away = () => Promise.reject(new Unavailable('there are no sessions here'));
  const { context, lifecycle } = testContext({ actors: { deliver: away, remark: away } });
  const defects: unknown[] = [];
  const endpoint = mcpEndpoint({
    hosts: ['localhost', '127.0.0.1', '[::1]'],
    callerOf: () => tokenCaller('admin'),
    serverFor: (caller) => {
      const server = createMcpServer({
        perform: performHere(context, caller),
        version: '0.0.0',
        onDefect: (_, error) => void defects.push(error),
        requestState: { verify: codec.verify },
      });
      addTools(server);
      addQuestions(server);
      addResources(server);
      addPrompts(server);
      return server;
    },
    onError: () => {},
  });
  const app = express().use(MCP_PATH, endpoint.before, endpoint.router);
  const http = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => http.once('listening', resolve));
  const address = http.address();
  return {
    url: `http://localhost:${typeof address === 'object' ? address?.port : ''}${MCP_PATH}`,
    defects,
    async close() {
      await endpoint.close();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
      await lifecycle.close();
    },
  };
}

const userText = (content: string) => ({ role: 'user' as const, content: { type: 'text' as const, text: content } });
const question = inputRequired.createMessage({ messages: [userText('Say hello')], maxTokens: 10 });

const text = (content: string): CallToolResult => ({ content: [{ type: 'text', text: content }] });

type Handler = (context: ServerContext) => CallToolResult | InputRequiredResult | Promise<CallToolResult | InputRequiredResult>;

function addTools(server: McpServer): void {
  const tool = (name: string, handler: Handler): void => {
    server.registerTool(name, { description: `${name} of the conformance suite.` }, handler);
  };
  tool('test_simple_text', () => text('This is a simple text response for testing.'));
  tool('test_image_content', () => ({ content: [{ type: 'image', data: PNG, mimeType: 'image/png' }] }));
  tool('test_audio_content', () => ({ content: [{ type: 'audio', data: WAV, mimeType: 'audio/wav' }] }));
  const embedded = { uri: 'test://embedded-resource', mimeType: 'text/plain', text: 'This is an embedded resource content.' };
  tool('test_embedded_resource', () => ({ content: [{ type: 'resource', resource: embedded }] }));
  const mixed = { uri: 'test://mixed-content-resource', mimeType: 'application/json', text: '{"test":"data","value":123}' };
  tool('test_multiple_content_types', () => ({
    content: [
      { type: 'text', text: 'Multiple content types test:' },
      { type: 'image', data: PNG, mimeType: 'image/png' },
      { type: 'resource', resource: mixed },
    ],
  }));
  tool('test_error_handling', () => {
    throw new Error('This tool intentionally returns an error for testing');
  });
  tool('test_tool_with_progress', async ({ mcpReq }) => {
    const progressToken = mcpReq._meta?.progressToken;
    if (progressToken !== undefined) {
      for (const progress of [0, 50, 100])
        await mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress, total: 100 } });
    }
    return text('Done.');
  });
  tool('test_tool_with_logging', async ({ mcpReq }) => {
    for (const line of ['Tool execution started', 'Tool processing data', 'Tool execution completed']) await mcpReq.log('info', line);
    return text('Done.');
  });
  tool('test_logging_tool', async ({ mcpReq }) => {
    await mcpReq.log('info', 'A line of the log');
    return text('Done.');
  });
  // The SDK refuses what asks for a capability that the client has not declared.
  tool('test_missing_capability', () => inputRequired({ inputRequests: { question } }));
  server.registerTool(
    'test_custom_headers',
    { description: 'Mirrors an argument in a header.', inputSchema: z.object({ region: z.string().meta({ 'x-mcp-header': 'Region' }) }) },
    ({ region }) => text(region),
  );
  server.registerTool(
    'json_schema_2020_12_tool',
    { description: 'JSON Schema 2020-12.', inputSchema: fromJsonSchema(SCHEMA_2020_12) },
    () => text('Done.'),
  );
}

/** Has the keywords that a server must not lose. */
const SCHEMA_2020_12 = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  $defs: {
    address: { $anchor: 'addressDef', type: 'object', properties: { street: { type: 'string' }, city: { type: 'string' } } },
  },
  properties: {
    name: { type: 'string' },
    address: { $ref: '#/$defs/address' },
    contactMethod: { type: 'string', enum: ['phone', 'email'] },
    phone: { type: 'string' },
    email: { type: 'string' },
  },
  allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
  if: { properties: { contactMethod: { const: 'phone' } }, required: ['contactMethod'] },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema.
  then: { required: ['phone'] },
  else: { required: ['email'] },
  additionalProperties: false,
};

const capable = z.object({ 'io.modelcontextprotocol/clientCapabilities': z.looseObject({ sampling: z.unknown().optional() }) });

function hasSampling(envelope: unknown): boolean {
  return capable.safeParse(envelope).data?.['io.modelcontextprotocol/clientCapabilities'].sampling !== undefined;
}

const NAME = z.object({ name: z.string() });
const COLOR = z.object({ color: z.string() });
const OK = z.object({ ok: z.boolean() });
const CONTEXT = z.object({ context: z.string() });

const nameQuestion = inputRequired.elicit({ message: 'What is your name?', requestedSchema: NAME });
/** Tools that ask the client for something before they answer. */
function addQuestions(server: McpServer): void {
  const tool = (name: string, handler: Handler): void => {
    server.registerTool(name, { description: `${name} of the conformance suite.` }, handler);
  };
  const asked = (inputRequests: InputRequests, requestState?: string) =>
    inputRequired({ inputRequests, ...(requestState === undefined ? {} : { requestState }) });

  tool('test_input_required_result_elicitation', ({ mcpReq }) => {
    const answer = acceptedContent(mcpReq.inputResponses, 'user_name', NAME);
    return answer === undefined ? asked({ user_name: nameQuestion }) : text(`Hello, ${answer.name}!`);
  });
  tool('test_streaming_elicitation', ({ mcpReq }) => {
    const answer = acceptedContent(mcpReq.inputResponses, 'user_name', NAME);
    return answer === undefined ? asked({ user_name: nameQuestion }) : text(`Hello, ${answer.name}!`);
  });
  tool('test_input_required_result_sampling', ({ mcpReq }) => {
    const answer = inputResponse(mcpReq.inputResponses, 'capital_question');
    if (answer.kind === 'sampling') return text(JSON.stringify(answer.result.content));
    return asked({
      capital_question: inputRequired.createMessage({ messages: [userText('What is the capital of France?')], maxTokens: 100 }),
    });
  });
  tool('test_input_required_result_list_roots', ({ mcpReq }) => {
    const answer = inputResponse(mcpReq.inputResponses, 'client_roots');
    if (answer.kind === 'roots') return text(answer.roots.map(({ uri }) => uri).join(', '));
    return asked({ client_roots: inputRequired.listRoots() });
  });
  const confirmed = (name: string): void =>
    tool(name, async ({ mcpReq }) => {
      const answer = acceptedContent(mcpReq.inputResponses, 'confirm', OK);
      if (answer !== undefined && mcpReq.requestState() !== undefined) return text('state-ok');
      const confirm = inputRequired.elicit({ message: 'Please confirm', requestedSchema: OK });
      return asked({ confirm }, await codec.mint({ step: 1 }));
    });
  confirmed('test_input_required_result_request_state');
  confirmed('test_input_required_result_tampered_state');
  tool('test_input_required_result_multiple_inputs', async ({ mcpReq: { inputResponses } }) => {
    const name = acceptedContent(inputResponses, 'user_name', NAME);
    const kinds = ['greeting', 'client_roots'].map((key) => inputResponse(inputResponses, key).kind);
    if (name !== undefined && kinds.join() === 'sampling,roots') return text(`Hello, ${name.name}!`);
    const greeting = inputRequired.createMessage({ messages: [userText('Generate a greeting')], maxTokens: 50 });
    return asked({ user_name: nameQuestion, greeting, client_roots: inputRequired.listRoots() }, await codec.mint({ step: 1 }));
  });
  tool('test_input_required_result_multi_round', async ({ mcpReq }) => {
    const step = mcpReq.requestState<{ readonly step: number }>()?.step ?? 0;
    const color = acceptedContent(mcpReq.inputResponses, 'step2', COLOR);
    if (step === 2 && color !== undefined) return text(`You like ${color.color}.`);
    if (step >= 1 && acceptedContent(mcpReq.inputResponses, 'step1', NAME) !== undefined) {
      const step2 = inputRequired.elicit({ message: 'Step 2: What is your favorite color?', requestedSchema: COLOR });
      return asked({ step2 }, await codec.mint({ step: 2 }));
    }
    const step1 = inputRequired.elicit({ message: 'Step 1: What is your name?', requestedSchema: NAME });
    return asked({ step1 }, await codec.mint({ step: 1 }));
  });
  tool('test_input_required_result_capabilities', ({ mcpReq }) =>
    hasSampling(mcpReq.envelope) ? asked({ question }) : text('The client can be asked nothing.'),
  );
}

function addResources(server: McpServer): void {
  const fixed = [
    { name: 'static-text', uri: 'test://static-text', description: 'A text.', mimeType: 'text/plain' },
    { name: 'static-binary', uri: 'test://static-binary', description: 'A picture.', mimeType: 'image/png' },
  ];
  const contents = [{ text: 'This is the content of the static text resource.' }, { blob: PNG }];
  for (const [index, { name, uri, ...config }] of fixed.entries()) {
    const content = contents[index] ?? { text: '' };
    server.registerResource(name, uri, config, () => ({ contents: [{ uri, mimeType: config.mimeType, ...content }] }));
  }
  server.registerResource(
    'template',
    new ResourceTemplate('test://template/{id}/data', { list: undefined }),
    { description: 'Data of an id.', mimeType: 'application/json' },
    ({ href }, { id }) => ({
      contents: [
        { uri: href, mimeType: 'application/json', text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${String(id)}` }) },
      ],
    }),
  );
  // The program's own handler has sessions alone, of which there are none.
  server.server.setRequestHandler('resources/list', () => ({ resources: fixed }));
}

function addPrompts(server: McpServer): void {
  const image = { type: 'image' as const, data: PNG, mimeType: 'image/png' };
  server.registerPrompt('test_simple_prompt', { description: 'Simple.' }, () => ({
    messages: [userText('This is a simple prompt for testing.')],
  }));
  server.registerPrompt(
    'test_prompt_with_arguments',
    {
      description: 'With arguments.',
      argsSchema: z.object({
        arg1: completable(z.string().describe('First'), (value) => ['paris', 'park', 'party'].filter((word) => word.startsWith(value))),
        arg2: z.string().describe('Second'),
      }),
    },
    ({ arg1, arg2 }) => ({ messages: [userText(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)] }),
  );
  server.registerPrompt(
    'test_prompt_with_embedded_resource',
    { description: 'With a resource.', argsSchema: z.object({ resourceUri: z.string().describe('The resource') }) },
    ({ resourceUri: uri }) => ({
      messages: [
        {
          role: 'user',
          content: { type: 'resource', resource: { uri, mimeType: 'text/plain', text: 'Embedded resource content for testing.' } },
        },
        userText('Please process the embedded resource above.'),
      ],
    }),
  );
  server.registerPrompt('test_prompt_with_image', { description: 'With a picture.' }, () => ({
    messages: [{ role: 'user', content: image }, userText('Please analyze the image above.')],
  }));
  server.registerPrompt('test_input_required_result_prompt', { description: 'Asks first.' }, ({ mcpReq }) => {
    const answer = acceptedContent(mcpReq.inputResponses, 'user_context', CONTEXT);
    if (answer !== undefined) return { messages: [userText(answer.context)] };
    const question = inputRequired.elicit({ message: 'What context should the prompt use?', requestedSchema: CONTEXT });
    return inputRequired({ inputRequests: { user_context: question } });
  });
}
