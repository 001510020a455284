/**
 * Builds the web pages into console/dist when they are missing or older than their sources. Sources
 * are compared by content, which is right after a fresh clone, a branch switch and a copy of the
 * folder.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const vite = join(root, 'node_modules/vite/bin/vite.js');
const stamp = join(root, 'console/dist/.sources');
/** Ignores NODE_ENV. That of tests would build React's slow form, which would then be kept. */
const MODE = 'production';

function sourcesDigest(): string {
  const files = globSync('{console,machines}/**/*.{ts,tsx,css,html,svg,png,json}', { cwd: root }).filter(
    (file) => !/(^|\/)(dist|node_modules)\//.test(file),
  );
  const digest = createHash('sha256').update(MODE);
  for (const file of [...files.sort(), 'package-lock.json'])
    digest
      .update(file)
      .update('\0')
      .update(readFileSync(join(root, file)));
  return digest.digest('hex');
}

function build(): number {
  if (!existsSync(join(root, 'console/vite.config.ts'))) return 0;
  // An image carries built pages and no build tools.
  if (!existsSync(vite)) return 0;
  const digest = sourcesDigest();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return 0;
  console.log('Building the web pages …');
  const { status } = spawnSync(process.execPath, [vite, 'build', '--config', 'console/vite.config.ts', '--logLevel', 'warn'], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, NODE_ENV: MODE },
  });
  if (status === 0) writeFileSync(stamp, digest);
  return status ?? 1;
}

process.exitCode = build();
