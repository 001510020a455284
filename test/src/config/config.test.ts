import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { ALWAYS_OPEN } from '#machines/handoff/business-hours.ts';
import { Secret } from '#machines/secret.ts';
import { ConfigError, describeConfig, loadConfig, readConfig } from '#src/config/config.ts';

function faultsOf(environment: Record<string, string>): Record<string, string> {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return Object.fromEntries(error.faults.map(({ name, fault }) => [name, fault]));
    throw error;
  }
  return {};
}

describe('the configuration', () => {
  test('with nothing set is a working one', () => {
    const config = readConfig({}, '/app');
    expect(config).toMatchObject({
      http: { host: '127.0.0.1', port: 3000, apiToken: undefined, defaultAgentId: 'admin' },
      storage: { type: 'embedded' },
      dataDir: '/app/.statechat',
      sessions: { idleAfterMs: 1_800_000, closeAfterMs: 86_400_000, maxMessages: 20 },
      assistants: { web: 'companion', telegram: 'companion' },
      channels: { web: {}, telegram: { TELEGRAM_BOT_TOKEN: undefined, TELEGRAM_MODE: 'polling' } },
      logLevel: 'info',
      warnings: [],
    });
    expect(Object.isFrozen(config) && Object.isFrozen(config.http)).toBe(true);
  });

  test('reads business hours, which are always by default', () => {
    const text = '{"timeZone": "Africa/Cairo", "week": {"sunday": ["14:00-17:00", "09:00-13:00"]}, "exceptions": [{"date": "12-25"}]}';
    const { businessHours } = readConfig({ STATECHAT_BUSINESS_HOURS: text });
    expect(businessHours).toMatchObject({ timeZone: 'Africa/Cairo', week: { sunday: [{ from: 540, until: 780 }, {}], friday: [] } });
    expect(businessHours.exceptions).toEqual([{ date: '12-25', hours: [] }]);
    expect(readConfig({}).businessHours).toBe(ALWAYS_OPEN);
  });

  test.each([
    ['9 to 5', /expected JSON such as \{"timeZone": "Africa\/Cairo"/],
    ['[]', /expected JSON such as/],
    [
      '{"timeZone": "Cairo", "week": {"monday": ["09:00-17:00"]}}',
      /timeZone: "Cairo" is not the name of a time zone such as Africa\/Cairo/,
    ],
    ['{"timeZone": "UTC", "week": {"monday": ["09:00-13:00", "9-5"]}}', /week\.monday\[1\]: "9-5" is not an interval such as 09:00-12:30/],
    ['{"timeZone": "UTC", "week": {"monday": ["09:00-17:00"], "mon": []}}', /week: there is no day "mon"\. The days are sunday, /],
    [
      '{"timeZone": "UTC", "week": {"monday": ["09:00-17:00"]}, "exceptions": [{"date": "25.12."}]}',
      /exceptions\[0\]\.date: "25\.12\." is not/,
    ],
  ])('says how to mend business hours of %s', (text, fault) => {
    expect(faultsOf({ STATECHAT_BUSINESS_HOURS: text })).toEqual({ STATECHAT_BUSINESS_HOURS: expect.stringMatching(fault) });
  });

  test('warns if a proxy must be in front and none is trusted', () => {
    const warnings = (more: Record<string, string>) => readConfig({ STATECHAT_PUBLIC_URL: 'https://chat.example.com', ...more }).warnings;
    expect(warnings({})).toEqual([expect.stringContaining('STATECHAT_TRUSTED_PROXIES is 0')]);
    expect(warnings({ STATECHAT_TRUSTED_PROXIES: '1' })).toEqual([]);
    expect(warnings({ STATECHAT_PUBLIC_URL: 'http://chat.example.com' })).toEqual([]);
  });

  test('reads every part', () => {
    const config = readConfig({
      PORT: '8081',
      DATABASE_URL: 'postgres://u:p@db/x',
      SESSION_TIMEOUT_MINUTES: '0.5',
      STATECHAT_ASSISTANTS: 'web = helper , telegram=companion',
      TELEGRAM_BOT_TOKEN: '12:abc',
      TELEGRAM_MODE: 'webhook',
      TELEGRAM_WEBHOOK_SECRET: 'hush',
      TELEGRAM_API_ROOT: 'http://127.0.0.1:8081/',
    });
    expect(config.http.port).toBe(8081);
    expect(config.storage.type === 'postgres' && config.storage.url.reveal()).toBe('postgres://u:p@db/x');
    expect(config.sessions.idleAfterMs).toBe(30_000);
    expect(config.assistants).toMatchObject({ web: 'helper', telegram: 'companion' });
    const { telegram = {} } = config.channels;
    expect(telegram).toMatchObject({ TELEGRAM_MODE: 'webhook', TELEGRAM_API_ROOT: 'http://127.0.0.1:8081' });
    const token = telegram.TELEGRAM_BOT_TOKEN;
    expect(token instanceof Secret && token.reveal()).toBe('12:abc');
  });

  test('knows where a webhook is to be called', () => {
    const telegram = { TELEGRAM_BOT_TOKEN: '1:a', TELEGRAM_MODE: 'webhook', TELEGRAM_WEBHOOK_SECRET: 's' };
    expect(readConfig({ ...telegram, STATECHAT_PUBLIC_URL: 'https://chat.example.com/' }).http.publicUrl).toBe('https://chat.example.com');
    expect(readConfig({ ...telegram, PORT: '8080' }).http.publicUrl).toBe('http://localhost:8080');
    expect(faultsOf({ ...telegram, PORT: '0' })).toHaveProperty('STATECHAT_PUBLIC_URL');
    expect(readConfig({ PORT: '0' }).http).toMatchObject({ port: 0, publicUrl: undefined });
  });

  test('counts an empty value as unset, as compose files give them', () => {
    expect(readConfig({ PORT: '', DATABASE_URL: ' ', TELEGRAM_BOT_TOKEN: '' })).toEqual(readConfig({}));
  });

  test('reports every problem with its fix at once', () => {
    const environment = {
      PORT: '99999',
      LOG_LEVEL: 'loud',
      DATABASE_URL: 'mysql://root:hunter2@db/x',
      SESSION_TIMEOUT_MINUTES: 'soon',
      STATECHAT_ASSISTANTS: 'fax=companion,web',
      TELEGRAM_MODE: 'webhook',
    };
    const names = Object.keys(environment).filter((name) => name !== 'TELEGRAM_MODE');
    expect(Object.keys(faultsOf(environment)).sort()).toEqual([...names, 'TELEGRAM_WEBHOOK_SECRET'].sort());
    expect(() => readConfig(environment)).toThrow(/PORT: "99999" given; expected a whole number from 0 to 65535/);
    expect(() => readConfig(environment)).not.toThrow(/hunter2/);
    expect(() => readConfig({ STATECHAT_ASSISTANTS: 'fax=companion' })).toThrow(/no channel "fax". This version has web, telegram, /);
  });

  test('does not swallow names that do nothing', () => {
    expect(faultsOf({ SESSION_TIMEOUT_MINUTE: '5' })).toEqual({
      SESSION_TIMEOUT_MINUTE: 'there is no such setting. Did you mean SESSION_TIMEOUT_MINUTES?',
    });
    expect(faultsOf({ TELEGRAM_TOKEN: 'x' }).TELEGRAM_TOKEN).toContain('TELEGRAM_BOT_TOKEN');
    expect(faultsOf({ DISCORD_TOKEN: 'x' }).DISCORD_TOKEN).toContain('DISCORD_BOT_TOKEN');
    expect(faultsOf({ STATECHAT_COLOUR_OF_THE_SKY: 'x' }).STATECHAT_COLOUR_OF_THE_SKY).toContain('Unset it');
    expect(faultsOf({ HOME: '/root', EDITOR: 'vi' })).toEqual({});
    expect(readConfig({ TELEGRAM_MODE: 'polling' }).warnings).toEqual(['TELEGRAM_MODE without TELEGRAM_BOT_TOKEN: there is no Telegram.']);
  });

  test('knows where models are asked: here, or in a process of its own', () => {
    expect(readConfig({}).agent).toEqual({ url: undefined, port: 3_001 });
    expect(readConfig({ AGENT_URL: 'http://agent:3001/', AGENT_PORT: '4000' }).agent).toEqual({ url: 'http://agent:3001', port: 4_000 });
    expect(faultsOf({ AGENT_URL: 'http://agent:3001', SESSION_STORAGE_TYPE: 'memory' }).AGENT_URL).toContain('both processes reach');
    expect(faultsOf({ AGENT_URL: 'agent:3001' }).AGENT_URL).toContain('http://127.0.0.1:3001');
  });

  test('knows where Redis is, whole or in parts, and that a store in Redis needs one', () => {
    const urlOf = (environment: Record<string, string>) => readConfig(environment).redis?.url.reveal();
    expect(readConfig({}).redis).toBeUndefined();
    expect(urlOf({ REDIS_URL: 'redis+cluster://a:7000,b:7001' })).toBe('redis+cluster://a:7000,b:7001');
    expect(urlOf({ REDIS_HOST: 'cache', REDIS_PASSWORD: 'p@ss/word', REDIS_DB: '2' })).toBe('redis://:p%40ss%2Fword@cache:6379/2');
    expect(urlOf({ REDIS_HOST: '::1', REDIS_PORT: '7' })).toBe('redis://[::1]:7/0');
    expect(readConfig({ SESSION_STORAGE_TYPE: 'redis', REDIS_HOST: 'cache' }).storage.type).toBe('redis');
    expect(readConfig({ REDIS_URL: 'redis://cache', REDIS_BUDGET_MS: '20' })).toMatchObject({
      storage: { type: 'embedded' },
      redis: { budgetMs: 20 },
      warnings: [],
    });
    expect(faultsOf({ SESSION_STORAGE_TYPE: 'redis' })).toHaveProperty('REDIS_URL');
    expect(faultsOf({ REDIS_URL: 'redis://:hunter2@a,b' }).REDIS_URL).not.toContain('hunter2');
    expect(readConfig({ REDIS_PORT: '1' }).warnings).toEqual(['REDIS_PORT without REDIS_HOST: there is no Redis.']);
    expect(readConfig({ SESSION_STORAGE_TYPE: 'redis', REDIS_URL: 'redis://x', DATABASE_URL: 'postgres://x/y' }).warnings).toEqual([
      'DATABASE_URL has no effect with SESSION_STORAGE_TYPE=redis.',
    ]);
  });

  test('reads budgets and prices, generous by default', () => {
    const { budget } = readConfig({});
    expect(budget).toMatchObject({
      limits: {
        session: { tokens: null, microDollars: 5_000_000 },
        customer: { tokens: null, microDollars: 20_000_000 },
        tenant: { tokens: null, microDollars: null },
      },
      period: 'month',
      handOver: false,
    });
    const given = readConfig({
      STATECHAT_BUDGET_SESSION_USD: 'unlimited',
      STATECHAT_BUDGET_CUSTOMER_TOKENS: '200000',
      STATECHAT_BUDGET_TENANT_USD: '0.000001',
      STATECHAT_BUDGET_PERIOD: 'day',
      STATECHAT_BUDGET_SPENT: 'human',
      STATECHAT_MODEL_PRICES: 'my-model=3/15/0.3/3.75, claude-opus-5=4/20/0.4/5',
      STATECHAT_TOOL_PRICES: 'fetch=0.50, look-up=0.000001',
    }).budget;
    expect(given.limits).toEqual({
      session: { tokens: null, microDollars: null },
      customer: { tokens: 200_000, microDollars: 20_000_000 },
      tenant: { tokens: null, microDollars: 1 },
    });
    expect(given).toMatchObject({ period: 'day', handOver: true, toolPrices: { fetch: 500_000, 'look-up': 1 } });
    expect(budget.toolPrices).toEqual({});
    expect(given.prices['my-model']).toEqual({ input: 3_000_000, output: 15_000_000, cacheRead: 300_000, cacheWrite: 3_750_000 });
    expect(given.prices['claude-opus-5']?.input).toBe(4_000_000);
    expect(given.prices['claude-sonnet-5-5']).toEqual(budget.prices['claude-sonnet-5-5']);
    const wrong = {
      STATECHAT_BUDGET_SESSION_USD: '-1',
      STATECHAT_BUDGET_TENANT_USD: '1.0000001',
      STATECHAT_BUDGET_SESSION_TOKENS: '1.5',
      STATECHAT_BUDGET_PERIOD: 'week',
      STATECHAT_BUDGET_SPENT: 'shrug',
      STATECHAT_MODEL_PRICES: 'my-model=3/15',
      STATECHAT_TOOL_PRICES: 'fetch=-1',
    };
    expect(Object.keys(faultsOf(wrong)).sort()).toEqual(Object.keys(wrong).sort());
  });

  test('never prints a secret', () => {
    const config = readConfig({
      STATECHAT_API_TOKEN: 'hunter2-hunter2-hunter2',
      ANTHROPIC_API_KEY: 'hunter2',
      DATABASE_URL: 'postgres://u:hunter2@db/x',
    });
    for (const printed of [JSON.stringify(config), inspect(config, { depth: 9 }), `${config.http.apiToken}`])
      expect(printed).not.toContain('hunter2');
    expect(
      describeConfig()
        .filter(({ secret }) => secret)
        .map(({ name }) => name),
    ).toContain('DATABASE_URL');
  });

  test('refuses a token of the API that can be guessed', () => {
    expect(faultsOf({ STATECHAT_API_TOKEN: 'hunter2' }).STATECHAT_API_TOKEN).toMatch(/at least 16 characters.*openssl/);
    expect(faultsOf({ STATECHAT_API_TOKEN: 'hunter2' }).STATECHAT_API_TOKEN).not.toContain('hunter2');
    expect(readConfig({ STATECHAT_API_TOKEN: '0123456789abcdef' }).http.apiToken?.reveal()).toBe('0123456789abcdef');
  });

  test('takes a retention in days, and says what is wrong with one that is none', () => {
    expect(readConfig({}).keep.sessionsMs).toBe(30 * 86_400_000);
    expect(readConfig({ SESSION_RETENTION_DAYS: '0.5' }).keep.sessionsMs).toBe(43_200_000);
    expect(readConfig({}).keep.auditMs).toBe(365 * 86_400_000);
    expect(readConfig({ STATECHAT_AUDIT_DAYS: '0.5' }).keep.auditMs).toBe(43_200_000);
    for (const name of ['SESSION_RETENTION_DAYS', 'STATECHAT_AUDIT_DAYS']) expect(faultsOf({ [name]: '0' })).toHaveProperty(name);
  });

  test('takes an identity provider whole, over https or on this machine', () => {
    const provider = { OIDC_ISSUER: 'https://id.example.com/app/', OIDC_CLIENT_ID: 'statechat', OIDC_CLIENT_SECRET: 's3cret' };
    expect(readConfig({}).oidc).toBeUndefined();
    const { oidc } = readConfig({ ...provider, OIDC_NEW_AGENT_ROLE: 'agent' });
    expect(oidc).toMatchObject({ issuer: 'https://id.example.com/app/', clientId: 'statechat', newAgentRole: 'agent' });
    expect(oidc?.clientSecret?.reveal()).toBe('s3cret');
    expect(readConfig({ ...provider, OIDC_ISSUER: 'http://localhost:8080/realms/one' }).oidc).toBeDefined();
    for (const issuer of ['http://id.example.com', 'id.example.com', 'https://id.example.com?tenant=one', 'ftp://localhost'])
      expect(faultsOf({ ...provider, OIDC_ISSUER: issuer }).OIDC_ISSUER).toContain('the https URL of an issuer');
    expect(faultsOf({ ...provider, OIDC_NEW_AGENT_ROLE: 'admin' }).OIDC_NEW_AGENT_ROLE).toContain('agent or supervisor');
    expect(faultsOf({ ...provider, PORT: '0' }).STATECHAT_PUBLIC_URL).toContain('OIDC_ISSUER');
    const half = readConfig({ OIDC_CLIENT_SECRET: 's3cret', OIDC_ISSUER: 'https://id.example.com' });
    expect(half.oidc).toBeUndefined();
    expect(half.warnings.join()).toMatch(/^OIDC_ISSUER, OIDC_CLIENT_SECRET without OIDC_CLIENT_ID: agents sign in with passwords alone/);
  });

  test('takes .env of the folder', () => {
    const folder = mkdtempSync(join(tmpdir(), 'config-'));
    try {
      writeFileSync(join(folder, '.env'), 'MAX_MESSAGE_HISTORY="7" # messages\n');
      expect(loadConfig(folder).sessions.maxMessages).toBe(7);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
