/** Bodies that the description of the API shows as examples, by the name of the operation. */
export const EXAMPLES: Readonly<Record<string, object>> = {
  'sessions.create': { address: 'api:crm:customer-42', message: 'Hello, where is my order?', variables: { plan: 'gold' } },
  'sessions.add_message': { text: 'Is anybody there?' },
  'sessions.update': { variables: { budget: 3_000_000 }, tags: { add: ['vip'] }, priority: 'high' },
  'sessions.clear': {},
  'sessions.extend': { hours: 48 },
  'sessions.close': { reason: 'solved' },
  'sessions.clean_up': { days: 30, dryRun: true },
  'sessions.send_event': { type: 'agent.message', text: 'This is Amira. I am looking into it.' },
  'holds.set': { held: true, reason: 'case 12/2026' },
  'approvals.decide': { decision: 'approve' },
  'tokens.create': { name: 'Monthly report', scopes: ['sessions:read'], days: 90 },
  'tokens.rotate': { graceMinutes: 60 },
  'agents.invite': { role: 'agent' },
};
