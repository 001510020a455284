/**
 * WhatsApp's id of the chat with a number, as a person dials it. With it, a customer can begin the
 * chat from a contact. Undefined for a number that is not international, which has no such chat.
 */
export function whatsAppIdOf(phone: string): string | undefined {
  return phone.startsWith('+') ? phone.replaceAll(/\D/g, '') : undefined;
}
