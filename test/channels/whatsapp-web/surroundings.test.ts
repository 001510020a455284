import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findChromium, requireLibrary } from '#channels/whatsapp-web/browser.ts';
import { memoryOfTree } from '#channels/whatsapp-web/browser-memory.ts';
import { pairingText } from '#channels/whatsapp-web/pairing-text.ts';
import { whatsAppWebPlugin } from '#channels/whatsapp-web/plugin.ts';
import { removeForeignLock } from '#channels/whatsapp-web/profile-lock.ts';
import { readSettings, type SettingFault } from '#machines/setting.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'whatsapp-web-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('the browser', () => {
  test('is the one that is set, if it can be run', async () => {
    const path = join(folder, 'chromium');
    await expect(findChromium(path)).rejects.toThrow(`There is no program at ${path}: set WHATSAPP_WEB_CHROMIUM`);
    await writeFile(path, '#!/bin/sh\n');
    await expect(findChromium(path)).rejects.toThrow('There is no program');
    await chmod(path, 0o755);
    expect(await findChromium(path)).toBe(path);
  });

  test('and the library are found here', async () => {
    expect(() => requireLibrary()).not.toThrow();
    expect(await findChromium(process.env.CHROMIUM_PATH || undefined)).toMatch(/chrom/i);
  });

  test('is downloaded by no installation, and the library is no forced dependency', async () => {
    const root = new URL('../../../', import.meta.url);
    const { allowScripts, dependencies, optionalDependencies } = JSON.parse(await readFile(new URL('package.json', root), 'utf8'));
    expect(allowScripts.puppeteer).toBe(false);
    expect(createRequire(root)('./.puppeteerrc.cjs')).toMatchObject({ skipDownload: true });
    expect(optionalDependencies).toHaveProperty(['whatsapp-web.js']);
    expect(Object.keys(dependencies).filter((name) => /whatsapp|puppeteer|playwright/.test(name))).toEqual([]);
  });

  test('takes memory that can be told', async () => {
    const bytes = await memoryOfTree(process.pid);
    expect(bytes).toBeGreaterThan(20_000_000);
    expect(bytes).toBeLessThan(20_000_000_000);
    expect(await memoryOfTree(2 ** 30)).toBe(0);
  });
});

describe('the lock of a profile', () => {
  const lock = async (owner: string): Promise<string[]> => {
    await mkdir(folder, { recursive: true });
    await symlink(owner, join(folder, 'SingletonLock'));
    await writeFile(join(folder, 'SingletonCookie'), '');
    await writeFile(join(folder, 'Cookies'), '');
    await removeForeignLock(folder);
    return (await readdir(folder)).sort();
  };

  test('of another host is removed, and nothing else', async () => {
    expect(await lock('a1b2c3d4e5f6-42')).toEqual(['Cookies']);
  });

  test('of this host is left to the browser', async () => {
    expect(await lock(`${hostname()}-42`)).toEqual(['Cookies', 'SingletonCookie', 'SingletonLock']);
  });

  test('need not be there', async () => {
    await removeForeignLock(join(folder, 'nowhere'));
  });
});

test('a code is shown in two halves, and a QR code as something to scan', () => {
  expect(pairingText({ pairingCode: 'ABCDEFGH' })).toContain('ABCD-EFGH');
  const lines = pairingText({ qr: 'ref,abc,def,ghi,1' })
    .split('\n')
    .filter((line) => /[█▀▄]/.test(line));
  expect(lines.length).toBeGreaterThan(10);
  expect(new Set(lines.map((line) => line.length)).size).toBe(1);
});

describe('settings', () => {
  const read = (environment: Record<string, string>) => {
    const faults: SettingFault[] = [];
    const values = readSettings(whatsAppWebPlugin().settings, environment, (fault) => faults.push(fault));
    return { values, faults };
  };

  test('have defaults that are good for one number', () => {
    const { values, faults } = read({ WHATSAPP_WEB_ENABLED: 'yes' });
    expect(faults).toEqual([]);
    expect(values).toMatchObject({
      WHATSAPP_WEB_SESSION: 'main',
      WHATSAPP_WEB_SESSION_STORE: 'folder',
      WHATSAPP_WEB_GROUPS: false,
      WHATSAPP_WEB_MESSAGES_PER_MINUTE: 60,
    });
  });

  test('are refused with a sentence', () => {
    const { faults } = read({
      WHATSAPP_WEB_ENABLED: 'true',
      WHATSAPP_WEB_SESSION: '../main',
      WHATSAPP_WEB_PAIRING_PHONE: '0151 123',
      WHATSAPP_WEB_GROUPS: 'maybe',
      WHATSAPP_WEB_MESSAGES_PER_MINUTE: '0',
    });
    expect(faults.map(({ name }) => name)).toEqual([
      'WHATSAPP_WEB_ENABLED',
      'WHATSAPP_WEB_SESSION',
      'WHATSAPP_WEB_PAIRING_PHONE',
      'WHATSAPP_WEB_GROUPS',
      'WHATSAPP_WEB_MESSAGES_PER_MINUTE',
    ]);
    expect(read({ WHATSAPP_WEB_PAIRING_PHONE: '+4915112345678' }).values['WHATSAPP_WEB_PAIRING_PHONE']).toBe('4915112345678');
  });
});
