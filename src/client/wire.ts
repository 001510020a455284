/**
 * How each operation looks on the wire, which is its method and its path with the fields in it. The
 * other fields are in the query (GET, DELETE) or in the body. `?q=query` says that the field
 * `query` is the parameter `q`.
 */
import type { operations } from '../operations/operations.ts';

/** `body` is the field that is the whole body. `bytes` is the field, in base64, whose bytes are. */
export interface Wire {
  readonly at: string;
  readonly body?: string;
  readonly bytes?: string;
  /** The answer is a file. */
  readonly file?: true;
}

export type OperationName = keyof typeof operations;

export const WIRE = {
  'sessions.list': 'GET /sessions',
  'sessions.create': 'POST /sessions',
  'sessions.stats': 'GET /sessions/stats',
  'sessions.clean_up': 'POST /sessions/clean-up',
  'sessions.find': 'GET /addresses/{address}/session',
  'sessions.get': 'GET /sessions/{sessionId}',
  'sessions.update': 'PATCH /sessions/{sessionId}',
  'sessions.delete': 'DELETE /sessions/{sessionId}',
  'sessions.add_message': 'POST /sessions/{sessionId}/messages',
  'sessions.clear': 'POST /sessions/{sessionId}/clear',
  'sessions.extend': 'POST /sessions/{sessionId}/extension',
  'sessions.close': 'POST /sessions/{sessionId}/close',
  'sessions.counters': 'GET /sessions/{sessionId}/stats',
  'sessions.export': { at: 'GET /sessions/{sessionId}/export', file: true },
  'sessions.history': 'GET /sessions/{sessionId}/history',
  'files.get': { at: 'GET /sessions/{sessionId}/files/{fileId}', file: true },
  'files.get_received': { at: 'GET /sessions/{sessionId}/received/{seq}/{index}', file: true },
  'files.put': { at: 'POST /sessions/{sessionId}/files', bytes: 'content' },
  'sessions.templates': 'GET /sessions/{sessionId}/templates',
  'sessions.context': 'GET /sessions/{sessionId}/context',
  'sessions.send_event': { at: 'POST /sessions/{sessionId}/events', body: 'event' },
  'sessions.suggest_reply': 'POST /sessions/{sessionId}/suggestion',
  'sessions.brief': 'POST /sessions/{sessionId}/brief',
  'sessions.rating': 'GET /sessions/{sessionId}/rating',
  'machines.list': 'GET /machines',
  'machines.graph': 'GET /machines/{machineId}/graph',
  'machines.try_migration': 'GET /machines/{machineId}/migration',
  'machines.svg': { at: 'GET /machines/{machineId}.svg', file: true },
  'machines.mermaid': { at: 'GET /machines/{machineId}.mmd', file: true },
  'sessions.replay': 'GET /sessions/{sessionId}/replay',
  'sessions.timeline': 'GET /sessions/{sessionId}/timeline',
  'sessions.machine': 'GET /sessions/{sessionId}/machine',
  'sessions.fork': 'POST /sessions/{sessionId}/fork',
  'machines.sandbox': 'POST /machines/{machineId}/sandbox',
  'sandboxes.get': 'GET /sandboxes/{sandboxId}',
  'sandboxes.end': 'DELETE /sandboxes/{sandboxId}',
  'sandboxes.play': 'POST /sandboxes/{sandboxId}/steps',
  'sandboxes.run': 'POST /sandboxes/{sandboxId}/runs',
  'sandboxes.save': 'GET /sandboxes/{sandboxId}/test',
  'share_links.create': 'POST /sessions/{sessionId}/share-links',
  'share_links.list': 'GET /share-links',
  'share_links.revoke': 'DELETE /share-links/{linkId}',
  'holds.get': 'GET /sessions/{sessionId}/hold',
  'holds.set': 'PUT /sessions/{sessionId}/hold',
  'sessions.search': 'GET /session-search?q=query',
  'approvals.list': 'GET /approvals',
  'approvals.get': 'GET /approvals/{approvalId}',
  'approvals.decide': 'POST /approvals/{approvalId}',
  'archive.search': 'GET /search?q=query',
  'dead_letters.list': 'GET /rejected',
  'agents.list': 'GET /agents',
  'agents.status': 'GET /agents/status',
  'agents.update': 'PATCH /agents/{agentId}',
  'agents.invite': 'POST /invitations',
  'invitations.list': 'GET /invitations',
  'invitations.withdraw': 'DELETE /invitations/{invitationId}',
  'account.change_password': 'POST /account/password',
  'agents.set_available': 'PUT /account/available',
  'queues.list': 'GET /queues',
  'sign_ins.list': 'GET /sign-ins',
  'sign_ins.end': 'DELETE /sign-ins',
  'audit.list': 'GET /audit',
  'tokens.list': 'GET /tokens',
  'tokens.create': 'POST /tokens',
  'tokens.rotate': 'POST /tokens/{tokenId}/rotation',
  'tokens.revoke': 'DELETE /tokens/{tokenId}',
  'library.list': 'GET /library',
  'library.create': 'POST /library',
  'library.update': 'PUT /library/{itemId}',
  'library.remove': 'DELETE /library/{itemId}',
  'channels.list': 'GET /channels',
  'channels.test': 'POST /channels/test',
  'analytics.measures': 'GET /analytics/measures',
  'analytics.figures': 'GET /analytics/figures',
  'analytics.export': { at: 'GET /analytics/figures.csv', file: true },
  'analytics.retention': 'GET /analytics/retention',
  'analytics.sessions': 'GET /analytics/sessions',
  'analysis_sessions.create': 'POST /analysis-sessions',
  'analysis_sessions.list': 'GET /analysis-sessions',
  'analysis_sessions.get': 'GET /analysis-sessions/{sessionId}',
  'analysis_sessions.analytics': 'GET /analysis-sessions/{sessionId}/analytics',
  'analysis_sessions.queries': 'GET /analysis-sessions/{sessionId}/queries',
  'analysis_sessions.report': 'GET /analysis-sessions/{sessionId}/report',
  'analysis_sessions.extend': 'POST /analysis-sessions/{sessionId}/extension',
  'analysis_sessions.search_symbol': 'POST /analysis-sessions/{sessionId}/symbols',
  'analysis_sessions.search_coin': 'POST /analysis-sessions/{sessionId}/coins',
  'webhooks.list': 'GET /webhooks',
  'webhooks.create': 'POST /webhooks',
  'webhooks.update': 'PATCH /webhooks/{endpointId}',
  'webhooks.remove': 'DELETE /webhooks/{endpointId}',
  'webhooks.rotate_secret': 'POST /webhooks/{endpointId}/secret',
  'webhooks.ping': 'POST /webhooks/{endpointId}/ping',
  'webhooks.deliveries': 'GET /webhooks/{endpointId}/deliveries',
  'webhooks.replay': 'POST /webhooks/{endpointId}/deliveries/{deliveryId}/replay',
  'webhooks.replay_range': 'POST /webhooks/{endpointId}/replay',
  'mentions.list': 'GET /mentions',
  'mentions.see': 'POST /mentions/seen',
} as const satisfies Readonly<Record<OperationName, string | Wire>>;

export function wireOf(name: OperationName): Wire {
  const wire: string | Wire = WIRE[name];
  return typeof wire === 'string' ? { at: wire } : wire;
}
