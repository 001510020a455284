/** Who acts for a phone. Web pages use it too, so it imports types alone. */
import type { Agent } from './events.ts';

/**
 * Holder of a session after somebody of ours wrote in the provider's own app, such as that of
 * WhatsApp on the paired phone. No account stands for it, so any agent may claim the session.
 */
export const PHONE_AGENT: Agent = { id: 'phone', name: 'Phone' };
