/**
 * The description of the gateway in AsyncAPI 3.0, made of the schemas that both sides check
 * messages with. It is public, as the console's page is.
 */
import { Router } from 'express';
import * as z from 'zod';
import { clientMessage, PROTOCOL, serverMessage } from '#console/client/protocol.ts';
import { GATEWAY_PATH } from './gateway.ts';
import { clientMessageDocs, serverMessageDocs } from './message-docs.ts';

export const ASYNCAPI_PATH = '/console/asyncapi.json';

interface Documented {
  readonly summary: string;
  readonly examples: readonly object[];
}

const union = z.object({ oneOf: z.array(z.looseObject({ properties: z.looseObject({ type: z.looseObject({ const: z.string() }) }) })) });

const DESCRIPTION = [
  'A WebSocket for consoles of human agents. Each message is one JSON text.',
  'A client sends `auth` within ten seconds, and commands after `ready`.',
  'Each command is answered by `ack` or `error` with its `requestId`.',
  'A command that is sent again with the same `requestId` is done once.',
  'Ignore types and fields that you do not know.',
].join(' ');

export function describeGateway() {
  const fromClients = messagesOf('client', clientMessage, clientMessageDocs);
  const toClients = messagesOf('server', serverMessage, serverMessageDocs);
  const commands = Object.keys(fromClients).filter((name) => name !== 'client.auth' && name !== 'client.presence');
  const channel = { $ref: '#/channels/console' };
  const inChannel = (name: string) => ({ $ref: `#/channels/console/messages/${name}` });
  const answered = (...names: readonly string[]) => ({ channel, messages: names.map(inChannel) });
  return {
    asyncapi: '3.0.0',
    info: {
      title: "Statechat, the console's gateway",
      version: `${PROTOCOL}.0.0`,
      description: DESCRIPTION,
      license: { name: 'Apache-2.0' },
    },
    defaultContentType: 'application/json',
    servers: {
      instance: {
        host: '{host}',
        protocol: 'ws',
        description: 'Any instance, or the load balancer before them. Over the internet use wss.',
        variables: { host: { default: 'localhost:3000', description: 'Host and port.' } },
      },
    },
    channels: {
      console: {
        address: GATEWAY_PATH,
        summary: 'One connection of one window of an agent.',
        messages: Object.fromEntries(
          Object.keys({ ...fromClients, ...toClients }).map((name) => [name, { $ref: `#/components/messages/${name}` }]),
        ),
        bindings: { ws: { method: 'GET' } },
      },
    },
    operations: {
      signIn: {
        action: 'receive',
        channel,
        summary: 'A client signs in.',
        messages: [inChannel('client.auth')],
        reply: answered('server.ready'),
      },
      command: {
        action: 'receive',
        channel,
        summary: 'A client sends a command.',
        messages: commands.map(inChannel),
        reply: answered('server.ack', 'server.error'),
      },
      view: { action: 'receive', channel, summary: 'A client says what its agent views.', messages: [inChannel('client.presence')] },
      notify: {
        action: 'send',
        channel,
        summary: 'The gateway sends what happens.',
        messages: Object.keys(toClients)
          .filter((name) => name !== 'server.ready' && name !== 'server.ack')
          .map(inChannel),
      },
    },
    components: { messages: { ...fromClients, ...toClients } },
  };
}

/** Serves the description, which is made for the first request, as that of the HTTP API is. */
export function asyncApiRouter(): Router {
  let text: string | undefined;
  const router = Router();
  router.get('/', (_request, response) => {
    text ??= JSON.stringify(describeGateway());
    response.type('application/json').send(text);
  });
  return router;
}

/** Fields that later versions may add are allowed in what the gateway sends, as in the schemas. */
function messagesOf(side: 'client' | 'server', schema: z.core.$ZodType, docs: Readonly<Record<string, Documented>>) {
  const { oneOf } = union.parse(z.toJSONSchema(schema, { target: 'draft-7', io: 'input' }));
  return Object.fromEntries(
    oneOf.map((payload) => {
      const type = payload.properties.type.const;
      const { summary = '', examples = [] } = docs[type] ?? {};
      return [`${side}.${type}`, { name: type, summary, payload, examples: examples.map((example) => ({ payload: example })) }];
    }),
  );
}
