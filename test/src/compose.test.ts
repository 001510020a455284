import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startApp } from '#src/compose.ts';
import { readConfig } from '#src/config/config.ts';
import { createLog } from '#src/telemetry/log.ts';

describe('the composition', () => {
  it('refuses to start with an assistant that does not exist, and names those that do: its customers would be turned away', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'statechat-compose-'));
    const config = readConfig(
      { SESSION_STORAGE_TYPE: 'memory', PORT: '0', STATECHAT_ASSISTANTS: 'telegram=nobody', STATECHAT_DATA_DIR: folder },
      folder,
    );
    try {
      await expect(startApp(config, createLog({ level: 'silent' }))).rejects.toThrow(/STATECHAT_ASSISTANTS: telegram=nobody.*companion/);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
