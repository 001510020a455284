/**
 * The checks of `statechat doctor`, apart from those of channels (`channel-checks.ts`). Each is
 * made from what it needs. `src/main.ts` picks and orders them.
 */
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { StatechatError } from '#machines/errors.ts';
import type { Secret } from '#machines/secret.ts';
import type { Config } from '../config/config.ts';
import { type Check, note, well, wrong } from './doctor.ts';
import { answersAt, localUrl } from './running-program.ts';

/** Version of Node whose type stripping and APIs the program uses. */
const NODE_MAJOR = 24;

export function nodeCheck(version: string = process.versions.node): Check {
  return {
    name: 'Node',
    run: async () =>
      Number(version.split('.')[0]) >= NODE_MAJOR
        ? well(version)
        : wrong(
            `${version} is too old`,
            `Start with npm (npm start, npm run doctor): it uses the Node ${NODE_MAJOR} that npm ci installed.`,
          ),
  };
}

/** The configuration has been read, or there would be no checks to run. This shows its warnings. */
export function configCheck(config: Config): Check {
  return {
    name: 'Configuration',
    run: async () => {
      const notes = [...config.warnings];
      if (config.storage.type === 'memory') notes.push('SESSION_STORAGE_TYPE=memory: everything is forgotten at exit.');
      return notes.length === 0 ? well('no warnings') : note(notes.join(' '));
    },
  };
}

/**
 * Every file in the folder of assistants is one, and the assistants of the channels exist.
 * @param load resolves to their names, or rejects with what to do.
 */
export function assistantsCheck(load: () => Promise<readonly string[]>): Check {
  return {
    name: 'Assistants',
    run: async () => {
      try {
        return well((await load()).join(', '));
      } catch (error) {
        return wrong('some are wrong', error instanceof Error ? error.message : String(error));
      }
    },
  };
}

/** The program can write to the folder, or to the nearest one above it that exists. */
export function dataDirCheck(folder: string): Check {
  return {
    name: 'Data folder',
    run: async () => {
      for (let candidate = folder; ; candidate = dirname(candidate)) {
        const found = await stat(candidate).catch(() => undefined);
        if (found === undefined && candidate !== dirname(candidate)) continue;
        if (found?.isDirectory() !== true)
          return wrong(`${candidate} is not a folder`, 'Set STATECHAT_DATA_DIR to a folder, or move that file away.');
        try {
          await access(candidate, constants.W_OK | constants.X_OK);
          return well(candidate === folder ? folder : `${folder} will be created`);
        } catch {
          return wrong(`${candidate} cannot be written to`, `Give this user the folder (chown), or set STATECHAT_DATA_DIR to another one.`);
        }
      }
    },
  };
}

/** No other program listens on the port. A running Statechat may. */
export function portCheck({ host, port }: { readonly host: string; readonly port: number }): Check {
  return {
    name: 'Port',
    run: async (signal) => {
      const code = await new Promise<string | undefined>((resolve) => {
        const server = createServer();
        server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
        server.listen({ host, port }, () => server.close(() => resolve(undefined)));
      });
      if (code === undefined) return well(`${host}:${port} is free`);
      if (code !== 'EADDRINUSE')
        return wrong(`${host}:${port}: ${code}`, 'Set HOST and PORT to an address of this machine and a port that this user may use.');
      return (await answersAt(localUrl({ host, port }), signal))
        ? note(`${host}:${port} is taken, probably by a running Statechat`)
        : wrong(`${host}:${port} is taken by another program`, 'Stop it, or set PORT to another port (0 chooses a free one).');
    },
  };
}

/** What the check reads of the database. The storage folder implements it. */
export interface DatabaseProbe {
  /** Rejects when it cannot be reached. */
  inspect(): Promise<{
    readonly serverVersion: string;
    /** Milliseconds since the epoch, by the database's clock. */
    readonly now: number;
    /** Names of migrations that the next start applies. */
    readonly pending: readonly string[];
  }>;
}

/** Oldest major version whose SQL the store uses. */
const POSTGRES_MAJOR = 15;
/**
 * Instances go by the database's clock, so a larger offset breaks nothing. It makes times in the
 * logs hard to compare.
 */
const MAX_CLOCK_OFFSET_MS = 500;

export function databaseCheck(probe: DatabaseProbe, clock: () => number = Date.now): Check {
  return {
    name: 'Database',
    run: async () => {
      const before = clock();
      let found: Awaited<ReturnType<DatabaseProbe['inspect']>>;
      try {
        found = await probe.inspect();
      } catch (error) {
        if (error instanceof StatechatError && error.code === 'embedded_in_use') {
          return note('not checked, because a running Statechat uses the embedded one. See its /readyz');
        }
        const fix =
          'Is PostgreSQL running, and are host, user, password and database of DATABASE_URL right? Unset it to use the embedded one.';
        return wrong(error instanceof Error ? error.message : String(error), fix);
      }
      const after = clock();
      // The database read its clock at some time between. Only what is outside of it is certain.
      const offset = Math.max(0, found.now - after) + Math.min(0, found.now - before);
      if (Number(/^\d+/.exec(found.serverVersion)?.[0] ?? 0) < POSTGRES_MAJOR) {
        return wrong(`PostgreSQL ${found.serverVersion} is too old`, `Upgrade it to ${POSTGRES_MAJOR} or later.`);
      }
      if (Math.abs(offset) > MAX_CLOCK_OFFSET_MS) {
        const which = `its clock is ${Math.abs(offset)} ms ${offset > 0 ? 'ahead of' : 'behind'} ours`;
        return note(
          `${which}. Timers go by the database's. For times in logs to agree, keep both in time by NTP (timedatectl set-ntp true)`,
        );
      }
      const pending = found.pending.length === 0 ? 'up to date' : `the next start applies ${found.pending.join(', ')}`;
      const within = Math.abs(Math.round(found.now - (before + after) / 2));
      return well(`PostgreSQL ${found.serverVersion}, ${pending}, clock within ${within} ms`);
    },
  };
}

/** What the check reads of Redis. The storage folder implements it. */
export interface RedisProbe {
  /** Rejects when it cannot be reached. */
  inspect(): Promise<{
    readonly serverVersion: string;
    readonly now: number;
    readonly dangers: readonly string[];
    readonly hints: readonly string[];
  }>;
  /**
   * Redis is the store (`SESSION_STORAGE_TYPE=redis`), so what it loses is lost. Else it holds
   * copies.
   */
  readonly keepsSessions: boolean;
}

export function redisCheck({ inspect, keepsSessions }: RedisProbe): Check {
  return {
    name: 'Redis',
    run: async () => {
      let found: Awaited<ReturnType<RedisProbe['inspect']>>;
      try {
        found = await inspect();
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        const fix = 'Is Redis running, and is REDIS_URL (or REDIS_HOST and REDIS_PASSWORD) right?';
        return keepsSessions ? wrong(reason, fix) : note(`${reason} Everything works without it, but slower. ${fix}`);
      }
      const [first, ...others] = keepsSessions ? found.dangers : [];
      if (first !== undefined) return wrong(`Redis ${found.serverVersion} may lose conversations`, [first, ...others].join(' '));
      if (!keepsSessions && found.hints.length > 0) return note(`Redis ${found.serverVersion}: ${found.hints.join(' ')}`);
      return well(`Redis ${found.serverVersion}`);
    },
  };
}

/** Reads the list of models, which costs nothing and needs a valid key. */
export function modelCheck({ apiKey, baseUrl }: Config['model']): Check {
  return {
    name: 'Model',
    run: async (signal) => {
      if (apiKey === undefined)
        return note('ANTHROPIC_API_KEY is not set, so the offline model answers, and tells customers that it is one.');
      let status: number;
      try {
        const headers = { 'x-api-key': apiKey.reveal(), 'anthropic-version': '2023-06-01' };
        const response = await fetch(`${baseUrl}/v1/models?limit=1`, { headers, signal });
        await response.body?.cancel();
        ({ status } = response);
      } catch {
        return wrong(
          `${baseUrl} cannot be reached`,
          'Check the network and ANTHROPIC_BASE_URL. Until then customers get an apology instead of an answer.',
        );
      }
      if (status === 401 || status === 403) return wrong(`${baseUrl} refuses the key (${status})`, 'Set ANTHROPIC_API_KEY to a valid key.');
      if (status >= 400)
        return wrong(
          `${baseUrl} answers ${status}`,
          'Check ANTHROPIC_BASE_URL. If it is right, the provider has a failure, so try again later.',
        );
      return well(`${baseUrl} accepts the key`);
    },
  };
}

/**
 * The agent process answers, is ready and accepts the token.
 * @param token undefined where it is not in the configuration.
 */
export function agentCheck(url: string, token: Secret | undefined): Check {
  return {
    name: 'Agent process',
    run: async (signal) => {
      try {
        const ready = await fetch(`${url}/readyz`, { signal });
        await ready.body?.cancel();
        if (!ready.ok) return wrong(`${url} is not ready (${ready.status})`, 'Its log and its /readyz show what is missing.');
        if (token === undefined) return well(`${url} is ready`);
        // Nothing is at this path. The token is checked first, so the status shows whether it is
        // right.
        const response = await fetch(`${url}/api`, { headers: { Authorization: `Bearer ${token.reveal()}` }, signal });
        await response.body?.cancel();
        if (response.status === 401) return wrong(`${url} refuses the token`, 'Set the same STATECHAT_API_TOKEN for both.');
        return well(`${url} is ready and accepts the token`);
      } catch {
        return wrong(`${url} cannot be reached`, 'Start statechat agent there, or correct AGENT_URL. Until then no model is called.');
      }
    },
  };
}
