/**
 * Payloads of every kind that Meta documents, the odd ones first, each with where it is documented.
 * A payload becomes events, is ignored with its kind, or becomes a dead letter. None vanishes.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { sessionEvent } from '#machines/session/events.ts';
import { at, KEY, startAdapter } from './started-adapter.ts';

const folder = join(import.meta.dirname, 'payloads');
const shape = z.strictObject({ documented: z.string().min(10), payload: z.unknown() });
const names = readdirSync(folder).map((name) => name.replace('.json', ''));

const US = 'US.13491208655302741918';
const PHONE = '16505551234';
const DAY = 24 * 3_600_000;
const linked = { type: 'moved', from: at(PHONE), to: at(US) };
const customer = { name: 'Sheena Nelson', phone: '+16505551234' };
const said = (text: string, more: object = {}) => ({ type: 'message', address: at(US), text, customer, ...more });
const media = (one: object) => ({ media: [one] });

interface Expected {
  readonly events?: readonly object[];
  readonly ignored?: readonly string[];
  readonly rejected?: number;
}

const EXPECTED: Readonly<Record<string, Expected>> = {
  '01-no-from': {
    events: [{ type: 'message', address: at(US), text: 'Hi from a username', customer: { name: 'Sheena Nelson', handle: 'sheena.n' } }],
  },
  '02-named-by-contact-alone': { events: [{ type: 'message', address: at(US), text: 'Only the contact names me' }] },
  '03-user-id-in-from': { events: [{ type: 'message', address: at(US), text: 'An id where a number was' }] },
  '04-parent-user-id': { events: [{ type: 'moved', from: at('US.ENT.11815799212886844830'), to: at(US) }, linked, said('With a parent')] },
  '05-user-changed-number': { events: [{ type: 'moved', from: at(PHONE), to: at('12195555358') }] },
  '06-user-changed-user-id': { events: [{ type: 'moved', from: at(US), to: at('US.99991208655302741918') }] },
  '07-failed-without-contact': {
    events: [
      {
        type: 'status',
        statusKey: KEY,
        status: 'failed',
        failure: { code: '131026', reason: expect.stringContaining('cannot be reached') },
      },
    ],
  },
  '08-unknown-type': { ignored: ['message.unknown_type'] },
  '09-unsupported': { events: [linked, said('[message that WhatsApp does not show]')] },
  '10-unsupported-edit': { ignored: ['message.unsupported_edit'] },
  '11-group': { ignored: ['message.group'] },
  '12-another-number': { ignored: ['another_number'] },
  '13-broken-beside-good': { events: [linked, said('fine')], rejected: 1 },
  '14-unknown-field': { ignored: ['field.unknown'] },
  '15-errors-alone': { ignored: ['errors'] },
  '20-text': { events: [linked, said('Does it come in another color?', { at: 1_749_416_383_000, windowUntil: 1_749_416_383_000 + DAY })] },
  '21-command': {
    events: [linked, { type: 'command', address: at(US), name: 'analyze', args: 'AAPL', windowUntil: 1_749_416_383_000 + DAY }],
  },
  '22-text-from-ad': { events: [linked, said('Is this still there?\n[ad] New Cairo – Two rooms by the lake – https://fb.me/3cr4Wqqkv')] },
  '23-reply': { events: [linked, said('That one')] },
  '24-image': { events: [linked, said('The kitchen', media({ kind: 'image', ref: '1003383421387256', mimeType: 'image/jpeg' }))] },
  '25-voice': { events: [linked, said('', media({ kind: 'voice', ref: '1908647269898587', mimeType: 'audio/ogg; codecs=opus' }))] },
  '26-audio': { events: [linked, said('', media({ kind: 'audio', ref: '1908647269898588', mimeType: 'audio/mpeg' }))] },
  '27-video': { events: [linked, said('The view', media({ kind: 'video', ref: '1908647269898589', mimeType: 'video/mp4' }))] },
  '28-document': {
    events: [
      linked,
      said('The plan', media({ kind: 'document', ref: '1908647269898590', mimeType: 'application/pdf', fileName: 'plan.pdf' })),
    ],
  },
  '29-sticker': { events: [linked, said('', media({ kind: 'sticker', ref: '1908647269898591', mimeType: 'image/webp' }))] },
  '30-location': {
    events: [
      linked,
      said(
        '1071 5th Ave, New York',
        media({ kind: 'location', latitude: 40.782910059774, longitude: -73.959075808525, name: 'Solomon R. Guggenheim Museum' }),
      ),
    ],
  },
  '31-contacts': { events: [linked, said('', media({ kind: 'contact', phone: '+1 (415) 555-0829', name: 'Barbara J. Johnson' }))] },
  '32-contact-we-asked-for': {
    events: [{ type: 'message', address: at(US), text: '', customer: { name: 'Sheena Nelson', phone: '+16505551234' } }],
  },
  '33-button-reply': { events: [linked, { type: 'command', address: at(US), name: 'agent', args: '' }] },
  '34-list-reply': { events: [linked, { type: 'command', address: at(US), name: 'analyze', args: 'MSFT' }] },
  '35-say-button': { events: [linked, said('Two rooms, please')] },
  '36-flow-reply': { events: [linked, said('[form]\n- budget: 3000000\n- areas: ["New Cairo","Zayed"]')] },
  '37-call-permission': { ignored: ['message.interactive_other'] },
  '38-template-button': { events: [linked, said('Stop promotions')] },
  '39-reaction': { events: [linked, { type: 'reaction', address: at(US), messageId: 'wa:wamid.ours', emoji: '👍' }] },
  '40-reaction-taken-back': { events: [linked, { type: 'reaction', address: at(US), messageId: 'wa:wamid.ours', emoji: null }] },
  '41-order': { events: [linked, said('[order] Love these!\n- 2 × di9ozbzfi4 (30 USD)\n- 1 × nqryix03ez (25.5 USD)')] },
  '42-request-welcome': { events: [linked, { type: 'command', address: at(US), name: 'start', args: '' }] },
  '43-edit': { events: [linked, { type: 'edit', address: at(US), messageId: 'wa:wamid.text', text: 'Does it come in blue?' }] },
  '44-edit-of-caption': { events: [linked, { type: 'edit', address: at(US), messageId: 'wa:wamid.image', text: 'The big kitchen' }] },
  '45-revoke': { events: [linked, { type: 'revoke', address: at(US), messageId: 'wa:wamid.text' }] },
  '46-identity-changed': { ignored: ['message.system_other'] },
  '50-echo': { events: [{ type: 'echo', id: 'wa:wamid.echo', address: at(PHONE), text: "I'll call you at five." }] },
  '51-echo-image': {
    events: [
      {
        type: 'echo',
        address: at(PHONE),
        text: 'The contract',
        media: [{ kind: 'image', ref: '1908647269898592', mimeType: 'image/jpeg' }],
      },
    ],
  },
  '52-echo-edit': { ignored: ['echo.edit'] },
  '53-echo-revoke': { ignored: ['echo.revoke'] },
  '60-call-connect': {
    events: [linked, { type: 'call', address: at(US), phase: 'started', customer, windowUntil: 1_749_196_895_000 + DAY }],
  },
  '61-call-terminate': { events: [linked, { type: 'call', address: at(US), phase: 'ended', seconds: 33 }] },
  '62-call-of-ours': { ignored: ['call.ours'] },
  '63-call-status': { ignored: ['status.call'] },
  '70-sent': { events: [{ type: 'status', status: 'sent', statusKey: KEY, ref: 'wa:wamid.ours' }] },
  '71-delivered-charged': { events: [{ type: 'status', status: 'delivered', statusKey: KEY, costMicros: 4_000 }] },
  '72-read': { events: [{ type: 'status', status: 'read', statusKey: KEY }] },
  '73-played': { events: [{ type: 'status', status: 'read', statusKey: KEY }] },
  '74-delivered-free': { events: [{ type: 'status', status: 'delivered', statusKey: KEY, costMicros: 0 }] },
  '75-delivered-unpriced': { events: [{ type: 'status', status: 'delivered', statusKey: KEY }], ignored: ['status.unpriced'] },
  '76-status-of-another-program': { ignored: ['status.not_ours', 'status.not_ours'] },
  '77-deleted-status': { ignored: ['status.other'] },
  '80-template-status': { ignored: ['field.message_template_status_update'] },
  '81-account-update': { ignored: ['field.account_update'] },
  '82-user-preferences': { ignored: ['field.user_preferences'] },
  '83-history': { ignored: ['field.history'] },
};

describe('payloads of WhatsApp', () => {
  it('are all in the table', () => {
    expect(names.toSorted()).toEqual(Object.keys(EXPECTED).toSorted());
  });

  it.each(names)('%s', async (name) => {
    const { payload } = shape.parse(JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')));
    const { api, host, ignored, rejected } = await startAdapter({ adapter: { prices: new Map([['utility', 4_000]]) } });
    const { events = [], ignored: kinds = [], rejected: letters = 0 } = EXPECTED[name] ?? {};
    expect(await api.webhooks.post(payload)).toBe(200);
    expect(host.events).toMatchObject(events);
    expect(host.events).toHaveLength(events.length);
    expect(ignored.map(({ kind }) => kind)).toEqual(kinds);
    expect(rejected).toHaveLength(letters);
    expect(host.of('status').flatMap(({ costMicros }) => costMicros ?? [])).toEqual(events.flatMap(costOf));
    for (const { address: _, ...heard } of host.of('message'))
      expect(sessionEvent.safeParse({ ...heard, type: 'customer.message' }).error).toBeUndefined();
    // Delivered once more, every entry has the same id.
    await api.webhooks.post(payload);
    expect(host.events).toHaveLength(events.length);
    expect(new Set(rejected.map(({ providerId }) => providerId)).size).toBe(letters);
  });
});

function costOf(event: object): number[] {
  return 'costMicros' in event && typeof event.costMicros === 'number' ? [event.costMicros] : [];
}
