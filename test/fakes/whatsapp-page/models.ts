/** Collections and models as WhatsApp's page has them, as far as whatsapp-web.js reads them. */
import type { PageMessage } from './wire.ts';

export type Listener = (...values: unknown[]) => void;

/** Events as Backbone has them, with several names in one text. */
export class Events {
  /** Hidden, because the library searches a collection for a map. */
  readonly #listeners = new Map<string, Set<Listener>>();
  on(names: string, listener: Listener): void {
    for (const name of names.split(' ')) this.#listeners.set(name, (this.#listeners.get(name) ?? new Set()).add(listener));
  }
  once(name: string, listener: Listener): void {
    const only: Listener = (...values) => {
      this.off(name, only);
      listener(...values);
    };
    this.on(name, only);
  }
  off(name: string, listener: Listener): void {
    this.#listeners.get(name)?.delete(listener);
  }
  emit(name: string, ...values: unknown[]): void {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) listener(...values);
  }
}

export class Wid {
  readonly user: string;
  readonly server: string;
  readonly _serialized: string;
  constructor(id: string) {
    const [user = '', server = ''] = id.split('@');
    this.user = user;
    this.server = server;
    this._serialized = id;
  }
  isLid = (): boolean => this.server === 'lid';
  isGroup = (): boolean => this.server === 'g.us';
  isUser = (): boolean => this.server === 'c.us' || this.server === 'lid';
  isStatus = (): boolean => false;
  toString = (): string => this._serialized;
}
export const wid = (id: string | Wid): Wid => (id instanceof Wid ? id : new Wid(id));

export class MsgKey {
  readonly fromMe = true;
  readonly remote: string;
  readonly id: string;
  readonly _serialized: string;
  constructor({ to, id }: { to: Wid; id: string }) {
    this.remote = to._serialized;
    this.id = id;
    this._serialized = `true_${this.remote}_${id}`;
  }
  static newId = async (): Promise<string> => `3EB0${hex(9)}`;
}
export function hex(bytes: number): string {
  return [...crypto.getRandomValues(new Uint8Array(bytes))].map((byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join('');
}

export class Model extends Events {
  fields: PageMessage;
  constructor(fields: PageMessage) {
    super();
    this.fields = fields;
  }
  get id() {
    return this.fields.id;
  }
  get t() {
    return this.fields.t;
  }
  get type() {
    return this.fields.type;
  }
  get body() {
    return this.fields['body'] ?? '';
  }
  get caption() {
    return this.fields['caption'];
  }
  get size() {
    return this.fields['size'];
  }
  get mimetype() {
    return this.fields['mimetype'];
  }
  get filename() {
    return this.fields['filename'];
  }
  get directPath() {
    return this.fields['directPath'];
  }
  get isNewMsg() {
    return this.fields['isNewMsg'] === true;
  }
  get mediaObject() {
    return this.fields['directPath'] === undefined ? undefined : {};
  }
  get mediaData() {
    return this.fields['directPath'] === undefined ? undefined : { mediaStage: 'RESOLVED' };
  }
  get isNotification() {
    return this.fields.type === 'gp2' || this.fields.type === 'e2e_notification';
  }
  unsafe(): Model {
    return this;
  }
  /** What a message that answers this one has of it. */
  msgContextInfo() {
    return { quotedStanzaID: this.id.id, quotedParticipant: this.fields['from'], quotedMsg: { type: this.type, body: this.body } };
  }
  serialize() {
    return { ...this.fields };
  }
}

export class Messages extends Events {
  readonly #chatOf: (id: string) => Chat;
  readonly #stored: (id: string) => Promise<PageMessage | undefined>;
  readonly byId = new Map<string, Model>();
  /** @param stored is the page's database, which has messages of chats that are not open too. */
  constructor(chatOf: (id: string) => Chat, stored: (id: string) => Promise<PageMessage | undefined>) {
    super();
    this.#chatOf = chatOf;
    this.#stored = stored;
  }
  get = (id: string): Model | undefined => this.byId.get(id);
  getMessagesById = async (ids: string[]) => ({ messages: (await Promise.all(ids.map(this.#read))).flatMap((model) => model ?? []) });
  #read = async (id: string): Promise<Model | undefined> => {
    const fields = this.byId.has(id) ? undefined : await this.#stored(id);
    return fields === undefined ? this.byId.get(id) : new Model(fields);
  };
  add(fields: PageMessage): Model {
    const model = new Model(fields);
    this.byId.set(fields.id._serialized, model);
    this.#chatOf(fields.id.remote).models.push(model);
    this.emit('add', model);
    return model;
  }
  change(id: string, fields: Record<string, unknown>): void {
    const model = this.byId.get(id);
    if (model === undefined) return;
    const before = model.fields;
    model.fields = { ...before, ...fields };
    this.emit('change', model);
    for (const name of Object.keys(fields)) {
      if (before[name] === fields[name]) continue;
      this.emit(`change:${name}`, model, fields[name], before[name]);
      model.emit(`change:${name}`, model, fields[name], before[name]);
    }
  }
}

export class Chat {
  readonly id: Wid;
  readonly models: Model[] = [];
  readonly msgs = { getModelsArray: () => this.models };
  readonly mute = { expiration: 0 };
  readonly groupMetadata: object | undefined;
  constructor(id: string) {
    this.id = new Wid(id);
    this.groupMetadata = this.id.isGroup()
      ? { isLidAddressingMode: false, announce: false, serialize: () => ({ participants: [] }) }
      : undefined;
  }
  get t(): number {
    return Math.max(0, ...this.models.map(({ t }) => t));
  }
  get formattedTitle(): string {
    return this.id.user;
  }
  serialize() {
    return { id: { ...this.id }, t: this.t, unreadCount: 0, timestamp: this.t };
  }
}
