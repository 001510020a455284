/** What a person at the terminal reads to pair the phone. */
import encodeQR from 'qr';
import type { Pairing } from './child-life.ts';

const WHERE = 'On the phone, open WhatsApp, choose Linked devices and Link a device';

export function pairingText(pairing: Pairing): string {
  if ('pairingCode' in pairing) {
    const { pairingCode: code } = pairing;
    return `\n${WHERE}, then Link with phone number instead, and enter this code:\n\n    ${code.slice(0, 4)}-${code.slice(4)}\n\n`;
  }
  return `\n${WHERE}, and scan this code:\n\n${encodeQR(pairing.qr, 'ascii')}\n`;
}
