/**
 * Local server that speaks the Graph API of WhatsApp over HTTP, so that the real adapter can be
 * tested. It sends messages with Meta's checks and limits, takes and gives media whose addresses
 * expire, lists templates, reports statuses by webhook, fails as scripted, and records every call.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Fields, GraphProblem, Messages, type ShownMessage } from './graph-api-messages.ts';
import { Webhooks } from './graph-api-webhooks.ts';

export interface GraphCall {
  readonly method: string;
  /** Below the version, such as `106540352242922/messages`. */
  readonly path: string;
  readonly payload: Fields;
  readonly at: number;
  /** 0 if the connection was cut instead of answered. */
  status: number;
}

/**
 * Effect of a scripted failure. An error answer, a cut connection before or after the call took
 * effect, or an answer that is no JSON.
 */
export type GraphFailure =
  | { readonly status?: number; readonly code: number; readonly details?: string; readonly transient?: boolean }
  | 'cut'
  | 'cut-after'
  | 'garbage';

export interface GraphApiOptions {
  readonly now?: () => number;
  /** Answers 131056 and 130429 beyond Meta's limits. Default false. */
  readonly limits?: boolean;
  /** Refuses free text outside the window (131047). Default false. */
  readonly windows?: boolean;
  /** Default 80. */
  readonly perSecond?: number;
  /** Statuses are posted by themselves after each message. Default none, and `status` posts one. */
  readonly statuses?: readonly ('sent' | 'delivered' | 'read')[];
  /** Milliseconds between two tries of a webhook. Default 20. */
  readonly webhookRetryMs?: number;
  readonly port?: number;
}

/** Milliseconds for which the address of a file is good. */
const ADDRESS_MS = 5 * 60_000;

interface StoredFile {
  readonly name: string;
  readonly type: string;
  readonly bytes: Uint8Array;
}

export class GraphApi {
  readonly token = 'EAAJB-test-token-of-a-system-user';
  readonly phoneNumberId = '106540352242922';
  readonly businessAccountId = '102290129340398';
  readonly appSecret = '0123456789abcdef0123456789abcdef';
  readonly verifyToken = 'a-verify-token';
  readonly calls: GraphCall[] = [];
  readonly messages: Messages;
  readonly webhooks: Webhooks;
  /** Templates of the account, as the API lists them. */
  templates: readonly object[] = [];
  /** What the API says of the number. */
  number: Fields = {};
  readonly subscribed: object[] = [{ whatsapp_business_api_data: { id: '670843887433847' } }];
  /** Answers to messages wait for it, after they took effect. */
  hold: Promise<void> = Promise.resolve();
  /** Leaves the sizes of files out. */
  hideSizes = false;
  /** Answers requests for files with a redirect. */
  redirectFilesTo: string | undefined;
  private readonly now: () => number;
  private readonly options: GraphApiOptions;
  private readonly files = new Map<string, StoredFile>();
  private readonly addresses = new Map<string, { readonly file: string; readonly until: number }>();
  private readonly failures: { path: RegExp; failure: GraphFailure; times: number }[] = [];
  private readonly server = createServer((request, response) => void this.answer(request, response));

  constructor(options: GraphApiOptions) {
    this.options = options;
    this.now = options.now ?? Date.now;
    const { limits = false, windows = false, perSecond = 80, webhookRetryMs: retryMs = 20 } = options;
    this.messages = new Messages({ now: this.now, limits, windows, perSecond, upload: (id) => this.files.get(id) });
    const { appSecret, phoneNumberId, businessAccountId } = this;
    this.webhooks = new Webhooks({ appSecret, phoneNumberId, businessAccountId, now: this.now, retryMs });
  }

  get url(): string {
    return `${this.origin}/v25.0`;
  }

  /** Settings of a program that uses it. */
  get settings() {
    return {
      WHATSAPP_CLOUD_TOKEN: this.token,
      WHATSAPP_CLOUD_PHONE_NUMBER_ID: this.phoneNumberId,
      WHATSAPP_CLOUD_APP_SECRET: this.appSecret,
      WHATSAPP_CLOUD_VERIFY_TOKEN: this.verifyToken,
      WHATSAPP_GRAPH_API_ROOT: this.url,
    };
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => this.server.once('error', reject).listen(port, '127.0.0.1', resolve));
  }

  async close(): Promise<void> {
    await this.webhooks.close();
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  /** Our messages on the customer's screen, oldest first. */
  screen(to: string): readonly ShownMessage[] {
    return this.messages.shown.filter((message) => message.to === to);
  }

  shown(to: string): string[] {
    return this.screen(to)
      .filter(({ from, text }) => from === 'business' && text !== '')
      .map(({ text }) => text);
  }

  /** A customer sends a file. Returns its id. */
  receive(bytes: Uint8Array, type: string): string {
    const id = String(900_000_000_000_000 + this.files.size);
    this.files.set(id, { name: id, type, bytes });
    return id;
  }

  /** Posts a status of a message, with the key that it was sent with. */
  status(id: string, status: string, more: object = {}): void {
    const message = this.messages.shown.find((one) => one.id === id);
    const data = message?.callbackData === undefined ? {} : { biz_opaque_callback_data: message.callbackData };
    this.webhooks.deliver(this.webhooks.status(status, { id, ...data, ...more }));
  }

  callsOf(path: RegExp): GraphCall[] {
    return this.calls.filter((call) => path.test(call.path));
  }

  /** The next `times` calls of paths that match fail so. */
  fail(path: RegExp, failure: GraphFailure, times = 1): void {
    this.failures.push({ path, failure, times });
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.origin);
    const path = url.pathname.replace(/^\/(?:v\d+\.\d+\/)?/, '');
    const payload = await readPayload(request, url);
    const call: GraphCall = { method: request.method ?? 'GET', path, payload, at: this.now(), status: 200 };
    this.calls.push(call);
    try {
      if (request.headers.authorization !== `Bearer ${this.token}`)
        throw new GraphProblem(401, 190, 'Invalid OAuth access token - Cannot parse access token');
      const script = this.failures.find((one) => one.times > 0 && one.path.test(path));
      if (script) script.times -= 1;
      const failure = script?.failure;
      if (failure === 'cut') return cut(call, request);
      if (failure === 'garbage') return void response.end('<html>no JSON</html>');
      if (typeof failure === 'object')
        throw new GraphProblem(failure.status ?? 400, failure.code, failure.details ?? 'scripted', failure.transient);
      if (path.startsWith('attachments/')) return this.giveFile(path, response, call);
      const result = this.result(call);
      await this.hold;
      if (failure === 'cut-after') return cut(call, request);
      reply(response, 200, result);
    } catch (error) {
      const problem = error instanceof GraphProblem ? error : new GraphProblem(500, 1, String(error));
      call.status = problem.status;
      const { message, code, details, transient } = problem;
      const error_data = { messaging_product: 'whatsapp', details };
      reply(response, problem.status, {
        error: {
          message,
          type: 'OAuthException',
          code,
          error_data,
          fbtrace_id: 'Az8or2yhqkZfEZ-_4Qn_Bam',
          ...(transient ? { is_transient: true } : {}),
        },
      });
    }
  }

  private result({ method, path, payload }: GraphCall): object {
    if (method === 'POST' && path === `${this.phoneNumberId}/messages`)
      return payload['status'] === 'read' ? this.read(payload) : this.send(payload);
    if (method === 'POST' && path === `${this.phoneNumberId}/media`) return this.upload(payload);
    if (path === this.phoneNumberId) return this.describeNumber(payload);
    if (path === `${this.businessAccountId}/message_templates`) return this.listTemplates(payload);
    if (path === `${this.businessAccountId}/subscribed_apps`) return { data: this.subscribed };
    const file = this.files.get(path);
    if (file !== undefined) return this.describeFile(path, file);
    throw new GraphProblem(
      400,
      100,
      `Unsupported get request. Object with ID '${path}' does not exist, cannot be loaded due to missing permissions`,
    );
  }

  private send(payload: Fields): object {
    const { id, input, byUserId } = this.messages.send(payload);
    for (const status of this.options.statuses ?? []) {
      const pricing = { billable: false, pricing_model: 'PMP', type: 'free_customer_service', category: 'service' };
      this.status(id, status, { pricing, ...(byUserId ? { recipient_user_id: input } : { recipient_id: input }) });
    }
    const contact = byUserId ? { input, user_id: input } : { input, wa_id: input };
    return { messaging_product: 'whatsapp', contacts: [contact], messages: [{ id }] };
  }

  private read(payload: Fields): object {
    if (!String(payload['message_id']).startsWith('wamid.')) throw new GraphProblem(400, 100, 'Invalid parameter message_id');
    return { success: true };
  }

  private upload(payload: Fields): object {
    const { file } = payload;
    if (!isUpload(file)) throw new GraphProblem(400, 100, 'The parameter file is required.');
    if (!/^(?:image|audio|video)\/|^text\/plain$|pdf|msword|officedocument|ms-/.test(file.type))
      throw new GraphProblem(400, 100, `Param file must be a file with one of the following types. Received file of type ${file.type}`);
    const id = String(800_000_000_000_000 + this.files.size);
    this.files.set(id, file);
    return { id };
  }

  /** The fields that the call names, as Meta answers. */
  private describeNumber(payload: Fields): object {
    const webhook_configuration = this.webhooks.url === undefined ? {} : { webhook_configuration: { application: this.webhooks.url } };
    const all: Fields = {
      id: this.phoneNumberId,
      display_phone_number: '+1 555-078-3881',
      status: 'CONNECTED',
      is_on_biz_app: false,
      platform_type: 'CLOUD_API',
      ...webhook_configuration,
      ...this.number,
    };
    const named = ['id', ...String(payload['fields'] ?? 'display_phone_number').split(',')];
    return Object.fromEntries(Object.entries(all).filter(([field]) => named.includes(field)));
  }

  private listTemplates(payload: Fields): object {
    const from = Number(payload['after'] ?? 0);
    const size = Number(payload['limit'] ?? 25);
    const end = from + size;
    const next = end < this.templates.length ? { next: `${this.url}/next` } : {};
    return { data: this.templates.slice(from, end), paging: { cursors: { after: String(end) }, ...next } };
  }

  private describeFile(id: string, { type, bytes }: StoredFile): object {
    const address = `attachments/${id}-${this.addresses.size}`;
    this.addresses.set(address, { file: id, until: this.now() + ADDRESS_MS });
    return {
      messaging_product: 'whatsapp',
      id,
      url: this.addressOf(`${this.origin}/${address}`),
      mime_type: type,
      ...(this.hideSizes ? {} : { file_size: bytes.byteLength }),
    };
  }

  /** What the API says of the place of a file. Tests replace it. */
  addressOf = (url: string): string => url;

  private giveFile(path: string, response: ServerResponse, call: GraphCall): void {
    if (this.redirectFilesTo !== undefined) {
      call.status = 302;
      response.writeHead(302, { location: this.redirectFilesTo }).end();
      return;
    }
    const address = this.addresses.get(path);
    const file = address === undefined || address.until <= this.now() ? undefined : this.files.get(address.file);
    if (file === undefined) throw new GraphProblem(404, 100, 'URL signature expired');
    call.status = 200;
    response.writeHead(200, { 'content-type': file.type }).end(file.bytes);
  }
}

export async function startGraphApi(options: GraphApiOptions = {}): Promise<GraphApi> {
  const api = new GraphApi(options);
  await api.listen(options.port ?? 0);
  return api;
}

function cut(call: GraphCall, request: IncomingMessage): void {
  call.status = 0;
  request.socket.destroy();
}

function isUpload(value: unknown): value is StoredFile {
  return typeof value === 'object' && value !== null && 'bytes' in value;
}

async function readPayload(request: IncomingMessage, url: URL): Promise<Fields> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const query = Object.fromEntries(url.searchParams);
  const type = request.headers['content-type'] ?? '';
  if (type.startsWith('multipart/form-data')) {
    const form = await new Response(body, { headers: { 'content-type': type } }).formData();
    const fields = [...form].map(async ([name, value]) => [name, typeof value === 'string' ? value : await uploadOf(value)]);
    return { ...query, ...Object.fromEntries(await Promise.all(fields)) };
  }
  return body.length === 0 ? query : { ...query, ...JSON.parse(body.toString('utf8')) };
}

async function uploadOf(file: File): Promise<StoredFile> {
  return { name: file.name, type: file.type, bytes: new Uint8Array(await file.arrayBuffer()) };
}

function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
