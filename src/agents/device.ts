/** The device that signs in, as people recognize it. */
import { getParser } from 'bowser';
import type { Request } from 'express';
import { networkOf } from '#channels/rate-limit.ts';

export interface Device {
  /** Browser and system, such as "Firefox on Linux". */
  readonly name: string;
  readonly network: string;
}

export function deviceOf(request: Request): Device {
  const agent = request.get('user-agent');
  const { browser, os } = agent === undefined ? {} : getParser(agent).getResult();
  // The parser has an empty name for what is no browser.
  return { name: [browser?.name || 'A program', os?.name].filter(Boolean).join(' on '), network: networkOf(request) };
}
