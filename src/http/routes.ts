/**
 * The routes below /api. Each is the projection of an operation. docs/reference/http-api.md shows
 * them to callers.
 */

import { MAX_TEXT } from '#machines/session/events.ts';
import { MAX_FILE } from '#machines/session/files.ts';
import { operations } from '../operations/operations.ts';
import { type HttpRoute, route } from './operation-routes.ts';

/**
 * A text of the greatest length in its longest JSON form (`\uXXXX` each), and what is around it.
 */
const EVENT_BYTES = MAX_TEXT * 6 + 4_096;
const SMALL_BYTES = 16_384;
/** A canned response with a few long texts. */
const ITEM_BYTES = 600_000;

const ofSession = { params: { id: 'sessionId' } } as const;
const ofMachine = { params: { id: 'machineId' } } as const;
const ofSandbox = { params: { id: 'sandboxId' } } as const;
const ofWebhook = { params: { id: 'endpointId' } } as const;
const ofApproval = { params: { id: 'approvalId' } } as const;

export const routes: readonly HttpRoute[] = [
  route({ method: 'GET', path: '/sessions', operation: operations['sessions.list'] }),
  route({ method: 'GET', path: '/sessions/:id', operation: operations['sessions.get'], ...ofSession }),
  route({ method: 'GET', path: '/sessions/:id/history', operation: operations['sessions.history'], ...ofSession }),
  route({
    method: 'GET',
    path: '/sessions/:id/files/:fileId',
    operation: operations['files.get'],
    params: { id: 'sessionId', fileId: 'fileId' },
  }),
  route({
    method: 'GET',
    path: '/sessions/:id/received/:seq/:index',
    operation: operations['files.get_received'],
    params: { id: 'sessionId', seq: 'seq', index: 'index' },
  }),
  route({
    method: 'POST',
    path: '/sessions/:id/files',
    operation: operations['files.put'],
    ...ofSession,
    body: { maxBytes: MAX_FILE, bytesAs: 'content' },
    status: 201,
  }),
  route({ method: 'GET', path: '/sessions/:id/templates', operation: operations['sessions.templates'], ...ofSession }),
  route({ method: 'GET', path: '/sessions/:id/context', operation: operations['sessions.context'], ...ofSession }),
  route({
    method: 'POST',
    path: '/sessions/:id/events',
    operation: operations['sessions.send_event'],
    ...ofSession,
    headers: { 'Idempotency-Key': 'idempotencyKey', 'Seen-Seq': 'seen' },
    body: { maxBytes: EVENT_BYTES, as: 'event' },
  }),
  route({
    method: 'POST',
    path: '/sessions/:id/suggestion',
    operation: operations['sessions.suggest_reply'],
    ...ofSession,
    body: { maxBytes: SMALL_BYTES },
    streams: true,
  }),
  route({
    method: 'POST',
    path: '/sessions/:id/brief',
    operation: operations['sessions.brief'],
    ...ofSession,
    body: { maxBytes: SMALL_BYTES },
  }),
  route({ method: 'GET', path: '/sessions/:id/rating', operation: operations['sessions.rating'], ...ofSession }),
  route({ method: 'GET', path: '/machines', operation: operations['machines.list'] }),
  route({ method: 'GET', path: '/machines/:id/graph', operation: operations['machines.graph'], ...ofMachine }),
  route({ method: 'GET', path: '/machines/:id/migration', operation: operations['machines.try_migration'], ...ofMachine }),
  route({ method: 'GET', path: '/machines/:id.svg', operation: operations['machines.svg'], ...ofMachine }),
  route({ method: 'GET', path: '/machines/:id.mmd', operation: operations['machines.mermaid'], ...ofMachine }),
  route({ method: 'GET', path: '/sessions/:id/replay', operation: operations['sessions.replay'], ...ofSession }),
  route({ method: 'GET', path: '/sessions/:id/timeline', operation: operations['sessions.timeline'], ...ofSession }),
  route({ method: 'GET', path: '/sessions/:id/machine', operation: operations['sessions.machine'], ...ofSession }),
  route({
    method: 'POST',
    path: '/sessions/:id/fork',
    operation: operations['sessions.fork'],
    ...ofSession,
    body: { maxBytes: SMALL_BYTES },
    status: 201,
  }),
  route({
    method: 'POST',
    path: '/machines/:id/sandbox',
    operation: operations['machines.sandbox'],
    ...ofMachine,
    body: { maxBytes: SMALL_BYTES },
    status: 201,
  }),
  route({ method: 'GET', path: '/sandboxes/:id', operation: operations['sandboxes.get'], ...ofSandbox }),
  route({ method: 'DELETE', path: '/sandboxes/:id', operation: operations['sandboxes.end'], ...ofSandbox }),
  route({
    method: 'POST',
    path: '/sandboxes/:id/steps',
    operation: operations['sandboxes.play'],
    ...ofSandbox,
    body: { maxBytes: EVENT_BYTES },
  }),
  route({
    method: 'POST',
    path: '/sandboxes/:id/runs',
    operation: operations['sandboxes.run'],
    ...ofSandbox,
    body: { maxBytes: SMALL_BYTES },
  }),
  route({ method: 'GET', path: '/sandboxes/:id/test', operation: operations['sandboxes.save'], ...ofSandbox }),
  route({
    method: 'POST',
    path: '/sessions/:id/share-links',
    operation: operations['share_links.create'],
    ...ofSession,
    body: { maxBytes: SMALL_BYTES },
    status: 201,
  }),
  route({ method: 'GET', path: '/share-links', operation: operations['share_links.list'] }),
  route({ method: 'DELETE', path: '/share-links/:id', operation: operations['share_links.revoke'], params: { id: 'linkId' } }),
  route({ method: 'GET', path: '/sessions/:id/hold', operation: operations['holds.get'], ...ofSession }),
  route({ method: 'PUT', path: '/sessions/:id/hold', operation: operations['holds.set'], ...ofSession, body: { maxBytes: SMALL_BYTES } }),
  route({ method: 'GET', path: '/session-search', operation: operations['sessions.search'], query: { q: 'query' } }),
  route({ method: 'GET', path: '/approvals', operation: operations['approvals.list'] }),
  route({ method: 'GET', path: '/approvals/:id', operation: operations['approvals.get'], ...ofApproval }),
  route({
    method: 'POST',
    path: '/approvals/:id',
    operation: operations['approvals.decide'],
    ...ofApproval,
    body: { maxBytes: SMALL_BYTES },
  }),
  route({ method: 'GET', path: '/search', operation: operations['archive.search'], query: { q: 'query' } }),
  route({ method: 'GET', path: '/rejected', operation: operations['dead_letters.list'] }),
  route({ method: 'GET', path: '/agents', operation: operations['agents.list'] }),
  route({ method: 'GET', path: '/agents/status', operation: operations['agents.status'] }),
  route({
    method: 'PATCH',
    path: '/agents/:id',
    operation: operations['agents.update'],
    params: { id: 'agentId' },
    body: { maxBytes: SMALL_BYTES },
  }),
  route({ method: 'POST', path: '/invitations', operation: operations['agents.invite'], body: { maxBytes: SMALL_BYTES }, status: 201 }),
  route({ method: 'GET', path: '/invitations', operation: operations['invitations.list'] }),
  route({
    method: 'DELETE',
    path: '/invitations/:id',
    operation: operations['invitations.withdraw'],
    params: { id: 'invitationId' },
  }),
  route({ method: 'POST', path: '/account/password', operation: operations['account.change_password'], body: { maxBytes: SMALL_BYTES } }),
  route({ method: 'PUT', path: '/account/available', operation: operations['agents.set_available'], body: { maxBytes: SMALL_BYTES } }),
  route({ method: 'GET', path: '/queues', operation: operations['queues.list'] }),
  route({ method: 'GET', path: '/sign-ins', operation: operations['sign_ins.list'] }),
  route({ method: 'DELETE', path: '/sign-ins', operation: operations['sign_ins.end'] }),
  route({ method: 'GET', path: '/audit', operation: operations['audit.list'] }),
  route({ method: 'GET', path: '/library', operation: operations['library.list'] }),
  route({ method: 'POST', path: '/library', operation: operations['library.create'], body: { maxBytes: ITEM_BYTES }, status: 201 }),
  route({
    method: 'PUT',
    path: '/library/:id',
    operation: operations['library.update'],
    params: { id: 'itemId' },
    body: { maxBytes: ITEM_BYTES },
  }),
  route({ method: 'DELETE', path: '/library/:id', operation: operations['library.remove'], params: { id: 'itemId' } }),
  route({ method: 'GET', path: '/channels', operation: operations['channels.list'] }),
  route({ method: 'POST', path: '/channels/test', operation: operations['channels.test'], body: { maxBytes: SMALL_BYTES } }),
  route({ method: 'GET', path: '/mentions', operation: operations['mentions.list'] }),
  route({ method: 'POST', path: '/mentions/seen', operation: operations['mentions.see'], body: { maxBytes: SMALL_BYTES } }),
  route({ method: 'GET', path: '/webhooks', operation: operations['webhooks.list'] }),
  route({ method: 'POST', path: '/webhooks', operation: operations['webhooks.create'], body: { maxBytes: SMALL_BYTES }, status: 201 }),
  route({
    method: 'PATCH',
    path: '/webhooks/:id',
    operation: operations['webhooks.update'],
    ...ofWebhook,
    body: { maxBytes: SMALL_BYTES },
  }),
  route({ method: 'DELETE', path: '/webhooks/:id', operation: operations['webhooks.remove'], ...ofWebhook }),
  route({
    method: 'POST',
    path: '/webhooks/:id/secret',
    operation: operations['webhooks.rotate_secret'],
    ...ofWebhook,
    body: { maxBytes: SMALL_BYTES },
  }),
  route({
    method: 'POST',
    path: '/webhooks/:id/ping',
    operation: operations['webhooks.ping'],
    ...ofWebhook,
    body: { maxBytes: SMALL_BYTES },
  }),
  route({ method: 'GET', path: '/webhooks/:id/deliveries', operation: operations['webhooks.deliveries'], ...ofWebhook }),
  route({
    method: 'POST',
    path: '/webhooks/:id/deliveries/:deliveryId/replay',
    operation: operations['webhooks.replay'],
    params: { id: 'endpointId', deliveryId: 'deliveryId' },
    body: { maxBytes: SMALL_BYTES },
  }),
  route({
    method: 'POST',
    path: '/webhooks/:id/replay',
    operation: operations['webhooks.replay_range'],
    ...ofWebhook,
    body: { maxBytes: SMALL_BYTES },
  }),
];
