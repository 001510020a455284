/**
 * Cards in the form of the Cloud API.
 *
 * https://developers.facebook.com/docs/whatsapp/cloud-api/guides/send-messages
 */
import type { Card } from '#machines/session/cards.ts';
import { whatsAppIdOf } from '../whatsapp-number.ts';

/** @param text is above a button. */
export function cardBody(card: Card, text: string): object {
  switch (card.kind) {
    case 'location': {
      const { latitude, longitude, name, street } = card;
      const named = { ...(name === undefined ? {} : { name }), ...(street === undefined ? {} : { address: street }) };
      return { type: 'location', location: { latitude, longitude, ...named } };
    }
    case 'contact':
      return { type: 'contacts', contacts: [contactOf(card)] };
    case 'link': {
      const action = { name: 'cta_url', parameters: { display_text: card.label, url: card.url } };
      return interactive({ type: 'cta_url', body: { text }, action });
    }
    case 'location_request':
      return interactive({ type: 'location_request_message', body: { text }, action: { name: 'send_location' } });
    case 'whatsapp':
      return interactive(card.interactive);
  }
}

function interactive(content: object): object {
  return { type: 'interactive', interactive: content };
}

function contactOf({ name, phone, email, organization }: Extract<Card, { readonly kind: 'contact' }>): object {
  const chat = whatsAppIdOf(phone);
  return {
    // WhatsApp takes no full name without one of its parts.
    name: { formatted_name: name, first_name: name },
    phones: [{ phone, type: 'WORK', ...(chat === undefined ? {} : { wa_id: chat }) }],
    ...(email === undefined ? {} : { emails: [{ email, type: 'WORK' }] }),
    ...(organization === undefined ? {} : { org: { company: organization } }),
  };
}
