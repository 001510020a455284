/**
 * Stand-in for WhatsApp's page, with the modules that whatsapp-web.js 1.34 uses by name for what
 * the channel does. It runs in the browser. Its account and its chats are in `server.ts`.
 *
 * Modules that the library spreads must be plain objects. It takes ids apart by `_serialized`.
 */
import { Chat, Events, hex, type Listener, Messages, Model, MsgKey, Wid, wid } from './models.ts';
import type { FromPage, PageChat, PageMessage, ToPage } from './wire.ts';

const chats = new Map<string, Chat>();
const chatEvents = new Events();
function chatOf(id: string): Chat {
  const chat = chats.get(id) ?? new Chat(id);
  chats.set(id, chat);
  return chat;
}
const Msg = new Messages(chatOf, async (id) => {
  const [fields] = pageMessages(await ask({ type: 'stored', id }));
  return fields;
});

class Socket extends Events {
  state = 'OPENING';
  hasSynced = false;
  set(state: string): void {
    this.state = state;
    this.emit('change:state', this, state);
  }
  /** The library listens late, when the page has long been in sync. */
  override on(names: string, listener: Listener): void {
    super.on(names, listener);
    if (names === 'change:hasSynced' && this.hasSynced) queueMicrotask(() => listener());
  }
  synced(): void {
    this.hasSynced = true;
    this.emit('change:hasSynced');
  }
  logout = (): void => logout();
}
const socket = new Socket();
const cmd = Object.assign(new Events(), { refreshQR: () => undefined });
const conn = Object.assign(new Events(), { ref: '', platform: 'android', serialize: () => ({ pushname: 'Shop', platform: 'android' }) });
let me: Wid | undefined;

class OpaqueData {
  readonly file: Blob;
  constructor(file: Blob) {
    this.file = file;
  }
  static createFromData = async (file: Blob): Promise<OpaqueData> => new OpaqueData(file);
  url = (): string => 'blob:stand-in';
  formData = (): Blob => this.file;
  autorelease = (): void => undefined;
}

class MediaData {
  filehash = hex(8);
  mediaBlob: OpaqueData;
  mimetype: string;
  readonly type: string;
  readonly filename: string;
  readonly size: number;
  constructor(mediaBlob: OpaqueData, type: string) {
    this.mediaBlob = mediaBlob;
    this.mimetype = mediaBlob.file.type;
    this.type = type;
    this.filename = mediaBlob.file instanceof File ? mediaBlob.file.name : '';
    this.size = mediaBlob.file.size;
  }
  set(fields: object): void {
    Object.assign(this, fields);
  }
  toJSON() {
    return { type: this.type, mimetype: this.mimetype, filename: this.filename, size: this.size };
  }
}

async function prepare(blob: OpaqueData, asDocument: boolean | undefined): Promise<MediaData> {
  const [kind = ''] = blob.file.type.split('/');
  return new MediaData(blob, !asDocument && ['image', 'video', 'audio'].includes(kind) ? kind : 'document');
}

const uploads = new Map<string, string>();
let lastPrepared = new OpaqueData(new Blob([]));
async function upload(file: Blob): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  const path = `/up/${hex(8)}`;
  uploads.set(path, btoa(binary));
  return path;
}

/** What the page measures an upload with. */
class UploadLog {}

const none = async () => undefined;
/** The library replaces the function, so it is read anew for each reaction. */
const reactionTableMode: { bulkUpsert(reactions: readonly object[]): unknown } = { bulkUpsert: none };
const collections = {
  Msg,
  Chat: Object.assign(chatEvents, {
    get: (id: string | Wid) => chats.get(String(id)),
    find: async (id: string | Wid) => chatOf(String(id)),
    getModelsArray: () => [...chats.values()],
  }),
  Contact: { get: () => undefined, find: none, getModelsArray: () => [] },
  GroupMetadata: { update: none },
  Blocklist: { get: () => undefined },
  BusinessProfile: { find: none },
};
const calls = Object.assign(new Events(), { known: new Map<string, unknown>() });

const MODULES: Record<string, unknown> = {
  WAWebSocketModel: { Socket: socket },
  WAWebCmd: { Cmd: cmd },
  WAWebConnModel: { Conn: conn },
  WAWebOfflineHandler: { OfflineMessageHandler: { getOfflineDeliveryProgress: () => 100 } },
  WAWebAltDeviceLinkingApi: {
    setPairingType: () => undefined,
    initializeAltDeviceLinking: none,
    startAltLinkingFlow: (phone: string) => ask({ type: 'pairing', phone }),
  },
  WABase64: { encodeB64: (value: string) => btoa(value) },
  WAWebCompanionRegClientUtils: { DEVICE_PLATFORM: '1' },
  WAWebAdvSignatureApi: {},
  WAWebUserPrefsInfoStore: { waNoiseInfo: { get: async () => ({ staticKeyPair: { pubKey: 'static' } }) } },
  WAWebSignalStoreApi: { waSignalStore: { getRegistrationInfo: async () => ({ identityKeyPair: { pubKey: 'identity' } }) } },
  WAWebUserPrefsMultiDevice: { getADVSecretKey: () => 'secret' },
  WAWebUserPrefsMeUser: { getMaybeMePnUser: () => me, getMaybeMeLidUser: () => undefined },
  WAWebCollections: collections,
  WAWebWidFactory: { createWid: wid, asUserWidOrThrow: wid, createWidFromWidLike: wid },
  WAWebMsgKey: MsgKey,
  WAWebChatGetters: { getIsNewsletter: () => false, getIsBroadcast: () => false },
  WALinkify: { findLink: () => undefined, findLinks: () => [] },
  WAWebVcardParsingUtils: { parseVcard: (vcard: string) => ({ vcard }) },
  WAWebVcardGetNameFromParsed: { vcardGetNameFromParsed: ({ vcard }: { vcard: string }) => /^FN:(.*)$/m.exec(vcard)?.[1] ?? '' },
  WAWebStreamModel: { Stream: { markAvailable: () => undefined, markUnavailable: () => undefined } },
  WAWebUpdateUnreadChatAction: { sendSeen: async ({ chat }: { chat: Chat }) => say({ type: 'seen', chat: chat.id._serialized }) },
  WAWebFindChatAction: {
    findOrCreateLatestChat: async (id: Wid) => {
      if ((await ask({ type: 'query', id: id._serialized })) === null) throw new Error('No LID for user');
      return { chat: chatOf(id._serialized) };
    },
  },
  WAWebGetEphemeralFieldsMsgActionsUtils: { getEphemeralFields: () => ({}) },
  WAWebSendMsgChatAction: {
    addAndSendMsgToChat: (chat: Chat, fields: Record<string, unknown>) => {
      const { id, ...rest } = fields;
      const own = id instanceof MsgKey ? { ...id } : undefined;
      if (own === undefined) throw new Error('a message has a key');
      const { type, t } = fields;
      const message: PageMessage = {
        ...plain(rest),
        id: own,
        type: String(type),
        t: Number(t),
        from: me?._serialized,
        to: chat.id._serialized,
      };
      Msg.add(message);
      const data = uploads.get(String(message['directPath']));
      const sent = ask({ type: 'send', message, ...(data === undefined ? {} : { data }) }).then((ack) => {
        Msg.change(own._serialized, { ack });
        return { messageSendResult: 'OK' };
      });
      return [Promise.resolve(), sent];
    },
  },
  WAWebMediaOpaqueData: OpaqueData,
  WAWebPrepRawMedia: {
    prepRawMedia: (blob: OpaqueData, { asDocument }: { asDocument?: boolean }) => {
      lastPrepared = blob;
      return { waitForPrep: () => prepare(blob, asDocument) };
    },
  },
  WAWebMediaStorage: { getOrCreateMediaObject: (filehash: string) => ({ filehash, consolidate: () => undefined, contentInfo: {} }) },
  WAWebMmsMediaTypes: { msgToMediaType: ({ type }: { type: string }) => type, castToV4: (type: unknown) => type },
  WAWebMediaDataUtils: { shouldUseMediaCache: () => false },
  WAWebMediaMmsV4Upload: {
    uploadMedia: async () => ({
      mediaEntry: { directPath: await upload(lastPrepared.file), mmsUrl: 'https://mmg.invalid/', mediaKey: 'key', mediaKeyTimestamp: 1 },
    }),
  },
  WAWebStartMediaUploadQpl: { startMediaUploadQpl: () => new UploadLog() },
  /** Takes stickers alone. The page prepares all other files first. */
  WAWebUploadManager: {
    encryptAndUpload: async ({ blob, type, uploadQpl }: { blob: Blob; type: string; uploadQpl?: unknown }) => {
      if (!(uploadQpl instanceof UploadLog)) throw new Error("Cannot read properties of undefined (reading 'endFailWithError')");
      if (type !== 'sticker') throw new Error(`the stand-in page uploads no ${type} in this way`);
      const directPath = await upload(blob);
      return { url: `https://mmg.invalid${directPath}`, directPath, encFilehash: hex(8), mediaKey: 'key', mediaKeyTimestamp: 1 };
    },
  },
  WAWebMsgReply: { canReplyMsg: ({ type }: Model) => type !== 'revoked' },
  WAWebSendReactionMsgAction: {
    sendReactionToMsg: async ({ id, type }: Model, text: string) => {
      if (type === 'revoked') throw new Error('Reaction send error');
      await ask({ type: 'react', target: id, text });
      const key = new MsgKey({ to: wid(id.remote), id: await MsgKey.newId() });
      const sent = { id: { ...key }, reactionParentKey: id, reactionText: text, reactionTimestamp: Date.now(), from: me };
      reactionTableMode.bulkUpsert([sent]);
    },
  },
  WAWebDownloadManager: {
    downloadManager: {
      downloadAndMaybeDecrypt: async ({ directPath }: { directPath: string }) => {
        const base64 = await ask({ type: 'download', directPath });
        if (typeof base64 !== 'string') throw Object.assign(new Error('gone'), { status: 404 });
        return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)).buffer;
      },
    },
  },
  WAWebChatStateBridge: {
    sendChatStateComposing: async (chat: Wid) => say({ type: 'typing', chat: chat._serialized }),
    sendChatStatePaused: none,
  },
  WAWebChatLoadMessages: {
    loadEarlierMsgs: async ({ chat }: { chat: Chat }) => {
      const earlier = await ask({ type: 'earlier', chat: chat.id._serialized, before: chat.models[0]?.id.id ?? null });
      const models = pageMessages(earlier).map((fields) => new Model(fields));
      for (const model of models) Msg.byId.set(model.id._serialized, model);
      chat.models.unshift(...models);
      return models;
    },
  },
  WAWebApiContact: {
    getCurrentLid: (id: Wid) => known(id)?.lid,
    getPhoneNumber: (id: Wid) => known(id)?.phone,
    getAlternateUserWid: () => undefined,
  },
  WAWebQueryExistsJob: {
    queryWidExists: async (id: Wid) => {
      const pair = await ask({ type: 'query', id: id._serialized });
      if (!Array.isArray(pair)) return null;
      const [phone = '', lid = ''] = pair.map(String);
      if (lid !== '') for (const each of [phone, lid]) persons.set(each, { lid: wid(lid), phone: wid(phone) });
      return { wid: id };
    },
  },
  WAWebSyncGatingUtils: {},
  WAWebCallCollection: calls,
  WAWebAddonReactionTableMode: { reactionTableMode },
  WAWebAddonPollVoteTableMode: { pollVoteTableMode: { bulkUpsert: none } },
  WAWebNonMessageDataRequestPlaceholderMessageResendUtils: { handlePlaceholderMsgsSeen: none },
  WAWebBackendJobsCommon: { mediaTypeFromProtobuf: () => null },
  WAWebE2EProtoUtils: { typeAttributeFromProtobuf: () => 'text' },
  WAWebLidMigrationUtils: { toPn: (id: unknown) => id },
};
const persons = new Map<string, { readonly lid: Wid; readonly phone: Wid }>();
const known = (id: Wid) => persons.get(id._serialized);

function pageMessages(reply: unknown): readonly PageMessage[] {
  return Array.isArray(reply) ? reply : [];
}

/** Without functions and undefined fields, as the page's own messages go to its server. */
function plain(fields: Record<string, unknown>): Record<string, unknown> {
  return JSON.parse(JSON.stringify(fields, (_, value: unknown) => (value instanceof Wid ? value._serialized : value)));
}

let requests = 0;
const replies = new Map<number, (value: unknown) => void>();
const server = new WebSocket('SERVER_URL');
function say(message: FromPage): void {
  server.send(JSON.stringify(message));
}
type Asked<T = Extract<FromPage, { request: number }>> = T extends { request: number } ? Omit<T, 'request'> : never;
function ask(question: Asked): Promise<unknown> {
  const request = ++requests;
  return new Promise((resolve) => {
    replies.set(request, resolve);
    server.send(JSON.stringify({ ...question, request }));
  });
}

/** The session, which outlives the page as WhatsApp's own does. */
function database(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open('stand-in', 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore('session');
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
}
async function stored(token?: string | null): Promise<string | null> {
  const db = await database();
  return await new Promise((resolve, reject) => {
    const transaction = db.transaction('session', token === undefined ? 'readonly' : 'readwrite');
    const store = transaction.objectStore('session');
    const reading = token === undefined ? store.get('token') : token === null ? store.delete('token') : store.put(token, 'token');
    transaction.oncomplete = () => resolve(token === undefined ? (reading.result ?? null) : token);
    transaction.onerror = () => reject(transaction.error);
  });
}

function logout(): void {
  void stored(null).then(() => {
    cmd.emit('logout');
    socket.set('UNPAIRED');
  });
}

async function pair(token: string, own: string, history: readonly PageChat[]): Promise<void> {
  me = new Wid(own);
  await stored(token);
  for (const { id, messages } of history)
    for (const message of messages) Msg.add({ ...message, isNewMsg: false, id: { ...message.id, remote: id } });
  socket.set('CONNECTED');
  socket.synced();
}

const leaked: Uint8Array[] = [];
function handle(message: ToPage): void {
  switch (message.type) {
    case 'unpaired':
      conn.ref = message.ref;
      if (socket.state !== 'UNPAIRED') socket.set('UNPAIRED');
      conn.emit('change:ref', conn, message.ref);
      break;
    case 'paired':
      void pair(message.token, message.me, message.chats);
      break;
    case 'message':
      Msg.add({ ...message.message, isNewMsg: true });
      break;
    case 'ack':
      Msg.change(message.id, { ack: message.ack });
      break;
    case 'change':
      Msg.change(message.id, message.fields);
      break;
    case 'reaction':
      reactionTableMode.bulkUpsert([message.reaction]);
      break;
    case 'call':
      calls.known.set(String(message.call['id']), message.call);
      break;
    case 'state':
      socket.set(message.state);
      break;
    case 'logout':
      logout();
      break;
    case 'freeze':
      for (;;);
    case 'leak':
      leaked.push(crypto.getRandomValues(new Uint8Array(65_536)));
      while (leaked.length * 65_536 < message.bytes) leaked.push(new Uint8Array(leaked[0] ?? []));
      break;
    case 'reply':
      replies.get(message.request)?.(message.value);
      replies.delete(message.request);
      break;
  }
}
server.onmessage = ({ data }) => handle(JSON.parse(String(data)));
server.onopen = async () => say({ type: 'hello', token: await stored() });

Object.assign(window, {
  Debug: { VERSION: '2.3000.1' },
  require: (name: string) => {
    const module = MODULES[name];
    if (module === undefined) throw new Error(`the stand-in page has no module ${name}`);
    return module;
  },
});
