/**
 * Content of a message as text and media. What a person sent and a session cannot hold becomes
 * words, in brackets where there are none, so that the assistant can say that it has not seen it.
 */
import { MAX_TEXT, type Media } from '#machines/session/events.ts';
import { MAX_MEDIA } from '#machines/session/media.ts';
import { clip } from '#machines/text.ts';
import type { Content } from './payload.ts';

/** Lines of a form or an order. The rest is counted. */
const MAX_LINES = 40;

/** What the customer wrote. Undefined if it is no text, and then `textOf` describes it. */
export function writtenText(content: Content): string | undefined {
  const { text, image, video, document, audio, button, interactive } = content;
  const written =
    text?.body ??
    image?.caption ??
    video?.caption ??
    document?.caption ??
    audio?.caption ??
    button?.text ??
    interactive?.button_reply?.title ??
    interactive?.list_reply?.title;
  return written === undefined ? undefined : clip(written, MAX_TEXT);
}

/** Text of a message, empty where its media say all. */
export function textOf(content: Content): string {
  const written = writtenText(content) ?? describe(content);
  const ad = content.referral;
  const about = [ad?.headline, ad?.body, ad?.source_url].filter((part) => part !== undefined && part !== '').join(' – ');
  return clip(about === '' ? written : `${written}\n[ad] ${about}`.trim(), MAX_TEXT);
}

function describe({ interactive, order, location, unsupported, errors }: Content): string {
  const form = interactive?.nfm_reply;
  if (form !== undefined) return formText(form.body, form.response_json);
  if (order !== undefined) {
    const items = order.product_items.map(({ product_retailer_id: id, quantity, item_price: price, currency = '' }) =>
      `- ${quantity} × ${id}${price === undefined ? '' : ` (${price} ${currency}`.trimEnd() + ')'}`.slice(0, 200),
    );
    return listed(`[order]${order.text === undefined ? '' : ` ${order.text}`}`, items);
  }
  if (location !== undefined) return location.address ?? '';
  if (unsupported !== undefined || errors !== undefined) return '[message that WhatsApp does not show]';
  return '';
}

function listed(title: string, lines: readonly string[]): string {
  const rest = lines.length > MAX_LINES ? [`… ${lines.length - MAX_LINES} more`] : [];
  return [title, ...lines.slice(0, MAX_LINES), ...rest].join('\n');
}

/** The answers of a form, a line for each. `flow_token` is ours and says nothing to a reader. */
function formText(title: string | undefined, json: string | undefined): string {
  const head = title === undefined || title === 'Sent' ? '[form]' : `[form] ${title}`;
  const answers = Object.entries(objectOf(json)).filter(([name]) => name !== 'flow_token');
  return listed(
    head,
    answers.map(([name, value]) => `- ${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`.slice(0, 1_000)),
  );
}

function objectOf(json: string | undefined): object {
  try {
    const value: unknown = JSON.parse(json ?? '{}');
    return typeof value === 'object' && value !== null ? value : { answer: value };
  } catch {
    return { answer: json };
  }
}

export function mediaOf(content: Content): readonly Media[] {
  const { image, audio, video, document, sticker, location, contacts = [] } = content;
  const files = [
    ...fileMedia('image', image),
    ...fileMedia(audio?.voice === true ? 'voice' : 'audio', audio),
    ...fileMedia('video', video),
    ...fileMedia('document', document),
    ...fileMedia('sticker', sticker),
  ];
  if (files.length > 0) return files;
  if (location !== undefined) {
    const { latitude, longitude, name } = location;
    return [{ kind: 'location', latitude, longitude, ...(name === undefined ? {} : { name: clip(name, 200) }) }];
  }
  return contacts.slice(0, MAX_MEDIA).map((contact) => {
    const name = nameOf(contact);
    const phone = phoneOf(contact);
    return {
      kind: 'contact',
      ...(phone === undefined ? {} : { phone: clip(phone, 40) }),
      ...(name === '' ? {} : { name: clip(name, 200) }),
    };
  });
}

/** The number that a customer shared because we asked for it. */
export function sharedPhone({ contacts = [] }: Content): string | undefined {
  const own = contacts.find(({ origin }) => origin === 'contact_request');
  const phone = own && phoneOf(own);
  return phone === undefined ? undefined : clip(phone, 40);
}

type Card = NonNullable<Content['contacts']>[number];

function phoneOf({ phones }: Card): string | undefined {
  return phones?.map(({ phone, wa_id }) => phone ?? wa_id).find((phone) => phone !== undefined);
}

function nameOf({ name }: Card): string {
  return name?.formatted_name ?? [name?.first_name, name?.last_name].filter((part) => part !== undefined).join(' ');
}

function fileMedia(kind: Media['kind'], file: Content['image']): Media[] {
  if (file === undefined) return [];
  const { id, mime_type: mimeType, filename } = file;
  return [
    {
      kind,
      ref: id,
      ...(mimeType === undefined ? {} : { mimeType }),
      ...(filename === undefined ? {} : { fileName: clip(filename, 300) }),
    },
  ];
}
