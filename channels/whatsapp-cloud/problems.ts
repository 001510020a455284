import { problemsOf } from '../channel-problem.ts';

/** What an operator has to do before WhatsApp takes anything, as parts of sentences. */
export const MENDS = {
  token: 'get a new token of a system user in Meta Business Settings and set WHATSAPP_CLOUD_TOKEN',
  permission: 'give the token the permissions whatsapp_business_messaging and whatsapp_business_management',
  number_deleted: 'the phone number was deleted: set WHATSAPP_CLOUD_PHONE_NUMBER_ID to another one',
  wrong_number: 'check WHATSAPP_CLOUD_PHONE_NUMBER_ID, and that the token may use the number',
  account_blocked: 'Meta blocked the account for a violation of its policies: see Business Support Home',
  account_locked: 'the account is locked: see WhatsApp Manager',
  display_name: 'the display name of the number is not approved: see WhatsApp Manager',
  payment: 'a payment failed: see the billing of the account in Meta Business Settings',
  register_again: 'register the phone number again in WhatsApp Manager',
  verify_again: 'verify the phone number again in WhatsApp Manager',
  register: 'register the phone number in WhatsApp Manager',
  payment_terms: 'accept the terms of the payments of WhatsApp',
} as const;
export type Mend = keyof typeof MENDS;

/** With WhatsApp's code and its own explanation as `detail`. */
const MISCONFIGURED = Object.fromEntries(Object.entries(MENDS).map(([kind, mend]) => [kind, `WhatsApp: ${mend} ({detail}).`]));

const CHECKED = {
  no_webhook:
    "WhatsApp posts to no webhook: in the app's dashboard, under WhatsApp > Configuration, enter {url} and WHATSAPP_CLOUD_VERIFY_TOKEN, and subscribe to messages, smb_message_echoes and calls.",
  other_webhook: "WhatsApp posts to {url} instead of {wanted}: change the webhook in the app's dashboard, or STATECHAT_PUBLIC_URL.",
  number_status: 'The number {number} is {status}: see it in WhatsApp Manager.',
  coexistence:
    'The number is in the WhatsApp Business app too, where WhatsApp takes {most} messages a second: set WHATSAPP_CLOUD_MESSAGES_PER_SECOND={most}.',
  not_subscribed:
    'No app is subscribed to the business account {account}, so WhatsApp posts nothing: subscribe yours with POST {account}/subscribed_apps.',
} as const;

export const PROBLEMS: Readonly<Record<string, string>> = { ...MISCONFIGURED, ...CHECKED };

export const whatsAppProblem = problemsOf('whatsapp', CHECKED);

const misconfigured = problemsOf('whatsapp', MISCONFIGURED);
export const mendProblem = (mend: Mend, detail: string) => misconfigured(mend, { detail });
