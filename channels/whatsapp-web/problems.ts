import { problemsOf } from '../channel-problem.ts';

export const PROBLEMS = {
  no_library: 'The package whatsapp-web.js is not installed: run npm install whatsapp-web.js ({reason}).',
  no_chromium:
    'There is no Chromium for WhatsApp Web: run apt-get install -y chromium, or set WHATSAPP_WEB_CHROMIUM to the path of a Chrome.',
  no_program: 'There is no program at {path}: set WHATSAPP_WEB_CHROMIUM to the path of a Chromium or Chrome.',
  not_opened: "WhatsApp's page cannot be opened: {reason}.",
  not_paired:
    'No phone is paired: start Statechat, open WhatsApp on the phone, choose Linked devices, and scan the QR code or enter the code.',
  not_connected: 'WhatsApp is not connected.',
  logged_out: 'WhatsApp has logged this device out ({reason}). Link it again with the phone.',
  blocked: 'WhatsApp refuses this number or this version of its page ({reason}). Open WhatsApp on the phone and follow what it says.',
  lost: "WhatsApp's page was lost and is started again: {reason}.",
} as const;

export const whatsAppWebProblem = problemsOf('whatsapp-web', PROBLEMS);
