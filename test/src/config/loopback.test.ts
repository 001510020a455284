import { expect, test } from 'vitest';
import { readConfig } from '#src/config/config.ts';
import { servesThisMachineAlone } from '#src/config/loopback.ts';

test.each([
  [{}, true],
  [{ HOST: 'localhost' }, true],
  [{ HOST: '::1' }, true],
  [{ PORT: '0' }, true],
  [{ HOST: '0.0.0.0' }, false],
  [{ HOST: '192.168.1.7' }, false],
  [{ STATECHAT_PUBLIC_URL: 'https://chat.example.com' }, false],
  [{ STATECHAT_TRUSTED_PROXIES: '1' }, false],
])('with %j it is %s that visitors can be on this machine only', (environment, alone) => {
  expect(servesThisMachineAlone(readConfig(environment).http)).toBe(alone);
});
