/**
 * Installs a real Redis, a real PgBouncer and a real browser for the tests if they are missing
 * (root on Debian or Ubuntu), or prints in one line how, and lets the tests continue. Tests that
 * need none of them still run.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const PACKAGES = [
  { name: 'redis-server', present: () => onPath('redis-server') },
  { name: 'pgbouncer', present: () => onPath('pgbouncer') || existsSync('/usr/sbin/pgbouncer') },
  { name: 'chromium', present: () => onPath('chromium') || onPath('chromium-browser') || onPath('google-chrome') },
  // Arabic letters on the screenshots of the chat page.
  { name: 'fonts-dejavu-core', present: () => process.platform !== 'linux' || existsSync('/usr/share/fonts/truetype/dejavu') },
];

function onPath(command: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function install(names: readonly string[]): boolean {
  if (process.getuid?.() !== 0 || !onPath('apt-get')) return false;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const run = (...args: string[]) => spawnSync('apt-get', args, { env, stdio: ['ignore', 'ignore', 'inherit'] }).status === 0;
  const arguments_ = ['install', '--yes', '--no-install-recommends', ...names];
  return run(...arguments_) || (run('update') && run(...arguments_));
}

const missing = PACKAGES.filter(({ present }) => !present()).map(({ name }) => name);
if (missing.length > 0) {
  console.log(`Installing ${missing.join(', ')} for the tests …`);
  if (!install(missing))
    console.log(`Some tests need ${missing.join(', ')}: sudo apt-get install --no-install-recommends ${missing.join(' ')}`);
}
