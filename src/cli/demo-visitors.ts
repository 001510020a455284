/**
 * The visitors of `statechat demo`, and how one behaves. A visitor writes its lines one after the
 * other, as the page of the web chat would, and thanks an agent who answers.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import * as z from 'zod';
import { StatechatError } from '#machines/errors.ts';
import { invoiceSent, newCode, type StaffWork, toBilling, untilCarrierAnswers, urgentParcel } from './demo-staff.ts';

export interface DemoVisitor {
  /** BCP 47. */
  readonly locale: string;
  readonly assistant?: string;
  /** What it writes, in this order. */
  readonly lines: readonly string[];
  /** What it writes when an agent has answered, one after the other. */
  readonly thanks: readonly string[];
  /** What it writes now and then after that, in turn. Nothing if it is empty. */
  readonly again: readonly string[];
  /** What an agent does once all lines are written. */
  readonly work?: StaffWork;
  /** An agent then closes the conversation, and the visitor writes this rating. */
  readonly rating?: string;
}

const english = { thanks: ['Thank you, that helps.', 'Perfect. Have a nice day!'], again: ['Hello?', 'Are you still there?'] };
const arabic = { thanks: ['شكرًا جزيلًا، هذا مفيد.', 'ممتاز، يومك سعيد!'], again: ['مرحبا؟', 'هل أنتم هنا؟'] };

/** A dozen. A visitor whose last line requests a person waits for one. */
export const DEMO_VISITORS: readonly DemoVisitor[] = [
  {
    locale: 'en',
    lines: ['Hello', 'My parcel 4711 was due on Monday.', 'I want to talk to a human, please.'],
    ...english,
    work: urgentParcel,
  },
  { locale: 'ar', lines: ['مرحبا', 'لم يصلني الطلب رقم ١٢٣ بعد.', 'أريد التحدث مع موظف من فضلك'], ...arabic },
  { locale: 'en', lines: ['I was charged twice this month.', 'Can I speak to an agent?'], ...english, work: toBilling },
  {
    locale: 'en',
    lines: ['Hi, the code for my account does not arrive.', 'Connect me to a person'],
    thanks: ['It works now, thank you!', 'No, that was all.'],
    again: ['One more question.', 'Can I change my e-mail address too?'],
    work: newCode,
  },
  { locale: 'ar-EG', lines: ['السلام عليكم', 'عايز اكلم موظف'], ...arabic },
  { locale: 'en', lines: ['Hello', 'What is Statechat?', 'What can you do?'], ...english },
  { locale: 'ar', lines: ['مرحبا', 'ما هو Statechat؟', 'ماذا تستطيع أن تفعل؟'], ...arabic },
  { locale: 'en', assistant: 'stock-analyst', lines: ['AAPL', 'How much debt does it have?'], ...english },
  {
    locale: 'en',
    lines: ['Do you deliver to Jordan?', 'And how long does it take?'],
    thanks: ['Thank you.'],
    again: [],
    work: untilCarrierAnswers,
  },
  { locale: 'ar', lines: ['هل يمكنني تغيير عنوان التوصيل؟', 'شكرا'], ...arabic },
  {
    locale: 'en',
    lines: ['Good evening', 'Where do I find my invoice?'],
    thanks: ['Thank you, that was quick.'],
    again: [],
    work: invoiceSent,
    rating: '5',
  },
  { locale: 'en', lines: ['hey 👋', 'Is anybody there?'], ...english },
];

/**
 * Between two lines of a visitor, in milliseconds. Each visitor is a little slower than the last.
 */
const LINE_MS = 6_000;
const SLOWER_MS = 700;
/** How long a visitor types, in milliseconds. */
const TYPING_MS = 1_500;
/** Between two lines of `again`, in milliseconds. */
const AGAIN_MS = 45_000;

const arrival = z.object({ token: z.string() });
const taken = z.object({ sessionId: z.string() });
const feedEvent = z.looseObject({ type: z.string(), author: z.string().optional() });

/** Sends JSON to the program. Throws if it is refused. */
export function postJson(url: string, token: string | undefined, body: object, signal: AbortSignal): Promise<Response> {
  return sendJson('POST', url, token, body, signal);
}

export async function sendJson(
  method: 'POST' | 'PATCH',
  url: string,
  token: string | undefined,
  body: object,
  signal: AbortSignal,
): Promise<Response> {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const headers = { 'content-type': 'application/json', ...authorization };
  const response = await fetch(url, { method, headers, signal, body: JSON.stringify(body) });
  if (!response.ok) throw new StatechatError('not_taken', `${url} was answered ${response.status}: ${await response.text()}`);
  return response;
}

export interface DemoVisit {
  readonly url: string;
  /** Of the visitor among the others. */
  readonly index: number;
  /** Stretches all pauses. 1 is the pace of people. */
  readonly pace: number;
  /** Called once all lines are written. An agent may answer then. */
  readonly answer: (sessionId: string) => Promise<void>;
  /** Called for a visitor with a rating, once it has thanked. An agent closes then. */
  readonly close: (sessionId: string) => Promise<void>;
  readonly signal: AbortSignal;
}

/**
 * Goes on until the signal is aborted. Rejects when the signal is aborted, or the program refuses
 * something.
 */
export async function visit(
  { locale, assistant, lines, thanks, again, rating }: DemoVisitor,
  { url, index, pace, answer, close, signal }: DemoVisit,
): Promise<void> {
  const web = `${url}/channels/web`;
  const { token } = arrival.parse(
    await (await postJson(`${web}/visitors`, undefined, { locale, ...(assistant && { assistant }) }, signal)).json(),
  );
  const wait = (ms: number): Promise<void> => delay(ms * pace, undefined, { signal });
  let written = 0;

  async function write(text: string): Promise<string> {
    await postJson(`${web}/typing`, token, {}, signal);
    await wait(TYPING_MS);
    written += 1;
    return taken.parse(await (await postJson(`${web}/messages`, token, { id: `m${written}`, text }, signal)).json()).sessionId;
  }

  async function talk(): Promise<void> {
    const pause = LINE_MS + index * SLOWER_MS;
    await wait(index * 200);
    let sessionId = '';
    for (const [position, line] of lines.entries()) {
      if (position > 0) await wait(pause);
      sessionId = await write(line);
    }
    await answer(sessionId);
    if (rating !== undefined) {
      await wait(pause);
      await close(sessionId);
      await wait(TYPING_MS);
      await write(rating);
    }
    for (let round = 0; again.length > 0; round += 1) {
      await wait(AGAIN_MS + index * SLOWER_MS * 10);
      await write(again[round % again.length] ?? '');
    }
  }

  async function thank(): Promise<void> {
    const { body } = await fetch(`${web}/events`, { headers: { authorization: `Bearer ${token}` }, signal });
    const events = body?.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
    let next = 0;
    for await (const { data } of events ?? []) {
      const { type, author } = feedEvent.parse(JSON.parse(data));
      const reply = thanks[next];
      if (type !== 'message' || author !== 'agent' || reply === undefined) continue;
      next += 1;
      await wait(TYPING_MS);
      await write(reply);
    }
  }

  await Promise.all([talk(), thank()]);
}
