import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '#src/config/config.ts';

const SET = {
  WHATSAPP_CLOUD_TOKEN: 'EAAJB-a-token-of-a-system-user',
  WHATSAPP_CLOUD_PHONE_NUMBER_ID: '106540352242922',
  WHATSAPP_CLOUD_APP_SECRET: '0123456789abcdef0123456789abcdef',
  WHATSAPP_CLOUD_VERIFY_TOKEN: 'a-verify-token',
};

function faultsOf(environment: Readonly<Record<string, string>>): string[] {
  try {
    readConfig(environment, '/nowhere');
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(error.message).not.toContain(SET.WHATSAPP_CLOUD_TOKEN);
    return error.faults.map(({ name }) => name);
  }
}

describe('the settings of WhatsApp', () => {
  it('are right together, and one that is missing is named', () => {
    expect(faultsOf({})).toEqual([]);
    expect(faultsOf(SET)).toEqual([]);
    for (const name of Object.keys(SET)) expect(faultsOf({ ...SET, [name]: '' })).toEqual([name]);
  });

  it.each([
    ['WHATSAPP_CLOUD_TOKEN', 'with a space in its middle'],
    ['WHATSAPP_CLOUD_PHONE_NUMBER_ID', '+1 555 078 3881'],
    ['WHATSAPP_CLOUD_APP_SECRET', 'not-hexadecimal'],
    ['WHATSAPP_CLOUD_VERIFY_TOKEN', 'short'],
    ['WHATSAPP_CLOUD_PRICES', 'marketing=cheap'],
    ['WHATSAPP_CLOUD_MESSAGES_PER_SECOND', '0'],
    ['WHATSAPP_GRAPH_API_ROOT', 'graph.facebook.com'],
    ['WHATSAPP_CLOUD_TOKNE', 'a name that is misspelt'],
  ])('a wrong %s stops the start', (name, value) => {
    expect(faultsOf({ ...SET, [name]: value })).toContain(name);
  });
});
