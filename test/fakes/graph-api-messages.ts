/** Messages at the fake Graph API, with the checks and limits that Meta documents. */

/** An error answer of the Graph API. */
export class GraphProblem extends Error {
  readonly status: number;
  readonly code: number;
  readonly details: string;
  readonly transient: boolean;

  constructor(status: number, code: number, details: string, transient = false) {
    super(`(#${code}) ${details}`);
    this.status = status;
    this.code = code;
    this.details = details;
    this.transient = transient;
  }
}

export type Fields = Readonly<Record<string, unknown>>;

export interface ShownMessage {
  readonly id: string;
  /** Number or user id. */
  readonly to: string;
  readonly from: 'business' | 'phone';
  readonly type: string;
  /** As the customer sees it, without the marks of formatting. */
  readonly text: string;
  /** As it was sent. */
  readonly raw: string;
  readonly choices: readonly { readonly id: string; readonly title: string }[];
  readonly file?: { readonly name: string; readonly kind: string; readonly bytes: Uint8Array };
  /** What is shown besides a text, as it was sent, such as a place or a button to a page. */
  readonly card?: Fields & { readonly type: string };
  readonly template?: { readonly name: string; readonly language: string; readonly parameters: readonly string[] };
  readonly callbackData: string | undefined;
  /** The message above it, as the customer sees. */
  readonly answers?: string;
  readonly at: number;
}

export interface MessagesOptions {
  readonly now: () => number;
  readonly limits: boolean;
  /** Refuses free text where no window is open. */
  readonly windows: boolean;
  readonly perSecond: number;
  readonly upload: (id: string) => { readonly name: string; readonly type: string; readonly bytes: Uint8Array } | undefined;
}

const WINDOW_MS = 24 * 3_600_000;
/** One message in 6 s to a person, and up to 45 ahead. */
const PAIR_MS = 6_000;
const BURST = 45;

export class Messages {
  readonly shown: ShownMessage[] = [];
  /** What was sent to a user id in the field for numbers. Meta answers as if it were sent. */
  readonly lost: Fields[] = [];
  readonly windows = new Map<string, number>();
  /** Of our number, by the id of the message that has it. */
  readonly reactions = new Map<string, string>();
  /** What customers wrote and did not delete. */
  readonly received = new Set<string>();
  private readonly options: MessagesOptions;
  /** When the next message to a person is due, if all came in the sustained rate. */
  private readonly due = new Map<string, number>();
  private recent: number[] = [];
  private count = 0;

  constructor(options: MessagesOptions) {
    this.options = options;
  }

  /** A message or a call of the customer opens the window. Messages count against the number. */
  heard(from: string): void {
    this.windows.set(from, this.options.now() + WINDOW_MS);
    this.recent.push(this.options.now());
  }

  nextId(): string {
    this.count += 1;
    return `wamid.${Buffer.from(`fake-${this.count}`).toString('base64')}`;
  }

  /** Throws `GraphProblem`. */
  send(fields: Fields): { readonly id: string; readonly input: string; readonly byUserId: boolean } {
    if (fields['messaging_product'] !== 'whatsapp') throw new GraphProblem(400, 100, 'messaging_product must be whatsapp');
    const to = fields['to'] ?? fields['recipient'];
    if (typeof to !== 'string' || to === '') throw new GraphProblem(400, 100, 'The parameter to is required.');
    const type = String(fields['type'] ?? 'text');
    const content = contentOf(type, fields, this.options.upload);
    if (this.options.windows && type !== 'template' && (this.windows.get(to) ?? 0) <= this.options.now())
      throw new GraphProblem(
        400,
        131047,
        'Message failed to send because more than 24 hours have passed since the customer last replied to this number.',
      );
    const answers = type === 'template' ? undefined : this.answered(fields, type);
    if (this.options.limits) this.takeSlot(to);
    const id = this.nextId();
    if (fields['to'] !== undefined && !/^\d+$/.test(to)) this.lost.push(fields);
    else if (type === 'reaction') this.react(objectOf(fields['reaction']));
    else {
      const callbackData = fields['biz_opaque_callback_data'];
      const named = { id, to, type, from: 'business', at: this.options.now() } as const;
      const quoting = answers === undefined ? {} : { answers };
      this.shown.push({ ...named, ...content, ...quoting, callbackData: callbackData === undefined ? undefined : String(callbackData) });
    }
    return { id, input: to, byUserId: fields['to'] === undefined };
  }

  /** WhatsApp shows nothing above a message if the one that it answers is gone. */
  private answered(fields: Fields, type: string): string | undefined {
    if (fields['context'] === undefined) return undefined;
    const id = String(member(fields, 'context', 'message_id'));
    if (type === 'reaction') throw new GraphProblem(400, 100, 'A reaction cannot be a reply.');
    if (!id.startsWith('wamid.')) throw new GraphProblem(400, 131009, 'Parameter value is not valid: context.message_id');
    return this.received.has(id) || this.shown.some((message) => message.id === id) ? id : undefined;
  }

  private react({ message_id: id, emoji }: Fields): void {
    if (emoji === '') this.reactions.delete(String(id));
    else this.reactions.set(String(id), String(emoji));
  }

  /** Somebody writes in the WhatsApp Business app. */
  phoneWrites(to: string, text: string): string {
    const id = this.nextId();
    this.shown.push({ id, to, from: 'phone', type: 'text', text, raw: text, choices: [], callbackData: undefined, at: this.options.now() });
    return id;
  }

  private takeSlot(to: string): void {
    const now = this.options.now();
    this.recent = this.recent.filter((at) => at > now - 1_000);
    if (this.recent.length >= this.options.perSecond)
      throw new GraphProblem(
        400,
        130429,
        'Message failed to send because there were too many messages sent from this phone number in a short period of time',
      );
    const due = Math.max(now, this.due.get(to) ?? 0);
    if (due - now >= PAIR_MS * BURST)
      throw new GraphProblem(
        400,
        131056,
        'Message failed to send because there were too many messages sent from this phone number to the same phone number in a short period of time.',
      );
    this.due.set(to, due + PAIR_MS);
    this.recent.push(now);
  }
}

type Content = Pick<ShownMessage, 'text' | 'raw' | 'choices' | 'file' | 'template' | 'card'>;

function contentOf(type: string, fields: Fields, upload: MessagesOptions['upload']): Content {
  switch (type) {
    case 'text':
      return words(limited(member(fields, 'text', 'body'), 4_096, 'text.body'));
    case 'interactive':
      return interactiveOf(objectOf(fields['interactive']));
    case 'template':
      return templateOf(objectOf(fields['template']));
    case 'image':
    case 'audio':
    case 'video':
    case 'document':
    case 'sticker': {
      const found = upload(String(member(fields, type, 'id')));
      if (found === undefined) throw new GraphProblem(400, 131053, 'Unable to upload the media used in the message.');
      const caption = member(fields, type, 'caption');
      if ((type === 'audio' || type === 'sticker') && caption !== undefined)
        throw new GraphProblem(400, 100, `Unexpected key "caption" on param "${type}".`);
      if (type === 'sticker' && found.type !== 'image/webp')
        throw new GraphProblem(400, 131053, `Unsupported Sticker mime type ${found.type}. Please use one of image/webp.`);
      const name = String(member(fields, type, 'filename') ?? found.name);
      return {
        ...words(caption === undefined ? '' : limited(caption, 1_024, 'caption')),
        file: { name, kind: type, bytes: found.bytes },
      };
    }
    case 'location': {
      const location = objectOf(fields['location']);
      if (typeof location['latitude'] !== 'number' || typeof location['longitude'] !== 'number')
        throw new GraphProblem(400, 131008, 'Parameter location.latitude or location.longitude is missing');
      return { ...words(''), card: { type, ...location } };
    }
    case 'contacts': {
      const contacts = listOf(fields['contacts']);
      for (const { name } of contacts) {
        const { formatted_name: whole, ...parts } = objectOf(name);
        limited(whole, 1_024, 'contacts.name.formatted_name');
        if (Object.keys(parts).length === 0) throw new GraphProblem(400, 131009, 'a name needs one more part besides formatted_name');
      }
      return { ...words(''), card: { type, contacts } };
    }
    case 'reaction':
      if (!String(member(fields, type, 'message_id')).startsWith('wamid.') || typeof member(fields, type, 'emoji') !== 'string')
        throw new GraphProblem(400, 131009, 'Parameter value is not valid: reaction');
      return words('');
    default:
      throw new GraphProblem(400, 131051, `Unsupported message type ${type}`);
  }
}

/** Interactive messages that do not offer choices, by the name of their action. */
const ACTIONS: Readonly<Record<string, string>> = {
  cta_url: 'cta_url',
  location_request_message: 'send_location',
  flow: 'flow',
  catalog_message: 'catalog_message',
  address_message: 'address_message',
};

function actionOf(type: string, interactive: Fields, wanted: string): Content {
  const action = objectOf(interactive['action']);
  if (action['name'] !== wanted) throw new GraphProblem(400, 131009, `action.name must be ${wanted}`);
  const parameters = objectOf(action['parameters']);
  if (type === 'cta_url') {
    limited(parameters['display_text'], 20, 'action.parameters.display_text');
    limited(parameters['url'], 2_000, 'action.parameters.url');
  }
  if (type === 'flow' && parameters['flow_message_version'] !== '3')
    throw new GraphProblem(400, 131009, 'action.parameters.flow_message_version must be 3');
  return { ...words(limited(member(interactive, 'body', 'text'), 1_024, 'interactive.body.text')), card: { ...interactive, type } };
}

function interactiveOf(interactive: Fields): Content {
  const type = String(interactive['type']);
  const wanted = ACTIONS[type];
  if (wanted !== undefined) return actionOf(type, interactive, wanted);
  const body = limited(member(interactive, 'body', 'text'), type === 'button' ? 1_024 : 4_096, 'interactive.body.text');
  const action = objectOf(interactive['action']);
  const rows =
    type === 'button' ? listOf(action['buttons']).map((one) => objectOf(one['reply'])) : listOf(listOf(action['sections'])[0]?.['rows']);
  const most = type === 'button' ? { count: 3, title: 20, id: 256 } : { count: 10, title: 24, id: 200 };
  if (type !== 'button' && type !== 'list') throw new GraphProblem(400, 131009, `interactive type ${type} is unknown`);
  if (type === 'list') limited(action['button'], 20, 'action.button');
  if (rows.length === 0 || rows.length > most.count) throw new GraphProblem(400, 131009, `there must be 1 to ${most.count} choices`);
  const choices = rows.map(({ id, title }) => ({ id: limited(id, most.id, 'id'), title: limited(title, most.title, 'title') }));
  if (new Set(choices.map(({ title }) => title)).size < choices.length) throw new GraphProblem(400, 131009, 'Duplicated title of a choice');
  return { ...words(body), choices };
}

function templateOf(template: Fields): Content {
  const name = limited(template['name'], 512, 'template.name');
  const language = limited(member(template, 'language', 'code'), 35, 'template.language.code');
  const body = listOf(template['components']).find((one) => one['type'] === 'body');
  const parameters = listOf(body?.['parameters']).map((one) => limited(one['text'], 1_024, 'parameter'));
  if (parameters.some((text) => /[\n\t]| {4}/.test(text)))
    throw new GraphProblem(400, 132018, 'Param text cannot have new-line/tab characters or more than 4 consecutive spaces');
  return { ...words(`[${name}] ${parameters.join(', ')}`.trim()), template: { name, language, parameters } };
}

function words(raw: string): Content {
  return { raw, text: withoutMarks(raw), choices: [] };
}

/** WhatsApp shows marks around words as formatting. */
function withoutMarks(text: string): string {
  return text.replace(/```\n?([\s\S]*?)\n?```/g, '$1').replace(/(?<![\p{L}\p{N}])([*_~`])(?=\S)(.+?)(?<=\S)\1(?![\p{L}\p{N}])/gu, '$2');
}

function limited(value: unknown, most: number, name: string): string {
  if (typeof value !== 'string' || value.trim() === '') throw new GraphProblem(400, 131008, `Parameter ${name} is missing`);
  if (value.length > most) throw new GraphProblem(400, 100, `Param ${name} must be at most ${most} characters long.`);
  return value;
}

function member(fields: Fields, outer: string, inner: string): unknown {
  return objectOf(fields[outer])[inner];
}

function objectOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

function listOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.map(objectOf) : [];
}
