/**
 * What the agents of `statechat demo` have done before the newcomer signs in, such as queues with
 * service levels, saved responses, and what they did with the conversations of some visitors.
 */

/** As `STATECHAT_QUEUES_FILE` has it. Minutes are short, so that a newcomer sees them run out. */
export const DEMO_QUEUES = {
  default: { serviceLevels: { targets: { normal: { firstResponse: 3, nextResponse: 5 }, urgent: { firstResponse: 1, nextResponse: 2 } } } },
  queues: { billing: { skills: ['billing'] }, deliveries: {} },
} as const;

/** What Omar knows. */
export const DEMO_SKILLS = ['billing', 'Arabic'] as const;

/** For all agents. */
export const DEMO_LIBRARY = [
  {
    kind: 'canned',
    name: 'greet',
    title: 'Greeting',
    texts: [
      { locale: 'en', text: 'Good day, {{agent.name}} here. How can I help you?' },
      { locale: 'ar', text: 'مرحبًا، معك {{agent.name}}. كيف يمكنني مساعدتك؟' },
    ],
  },
  {
    kind: 'canned',
    name: 'late',
    title: 'A parcel is late',
    texts: [
      { locale: 'en', text: 'I am sorry that your parcel is late. I am asking the carrier now.' },
      { locale: 'ar', text: 'نأسف لتأخر طلبك. أسأل شركة الشحن الآن.' },
    ],
  },
  {
    kind: 'macro',
    name: 'To billing',
    steps: [
      { type: 'update', tags: { add: ['billing'] } },
      { type: 'transfer', queue: 'billing' },
    ],
  },
  { kind: 'filter', name: 'Parcels', filter: { tag: 'parcel' } },
] as const;

export interface Colleague {
  readonly id: string;
  readonly name: string;
}

/** What an agent did with a conversation. Each makes its events, which Omar sends in this order. */
export type StaffWork = (about: { readonly now: number; readonly amira: Colleague }) => readonly object[];

const CLAIM = { type: 'agent.claim' };
const HOUR_MS = 3_600_000;

/** Of a parcel that is late. */
export const urgentParcel: StaffWork = () => [
  {
    type: 'agent.update',
    priority: 'urgent',
    tags: { add: ['parcel'] },
    entities: { order: { value: '4711' } },
    intent: 'Where is my parcel',
  },
];

/** Into the queue of those who know invoices. */
export const toBilling: StaffWork = () => [
  CLAIM,
  { type: 'agent.update', tags: { add: ['refund'] }, priority: 'high' },
  { type: 'agent.transfer', queue: 'billing' },
];

/** An answer, and a question to a colleague. */
export const newCode: StaffWork = ({ amira }) => [
  CLAIM,
  { type: 'agent.message', text: 'Good morning, this is Omar. I have sent you a new code. Does it arrive?' },
  { type: 'note', text: `@${amira.name} The codes take some minutes today. Do you know why?`, mentions: [amira.id] },
];

/** Put off until the carrier has answered. */
export const untilCarrierAnswers: StaffWork = ({ now }) => [
  CLAIM,
  { type: 'agent.message', text: 'I am asking our carrier about Jordan, and come back to you.' },
  { type: 'agent.update', tags: { add: ['delivery'] } },
  { type: 'agent.snooze', until: now + 3 * HOUR_MS },
];

export const invoiceSent: StaffWork = () => [CLAIM, { type: 'agent.message', text: 'Your invoice is on its way to you by e-mail.' }];

/** Ends a conversation, after which the customer is asked for a rating. */
export const CLOSE = { type: 'close', reason: 'The invoice was sent' } as const;
