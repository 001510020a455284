/**
 * Real Redis servers for tests. They are processes on free ports of the loopback address, with
 * their data in a temporary folder. Each is in a process group of its own, so that a Ctrl-C for the
 * tests does not reach it halfway.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from '#storage/embedded/free-port.ts';
import { PATIENCE_MS } from '#test/patience.ts';

const run = promisify(execFile);

export interface RedisServer {
  readonly port: number;
  readonly url: string;
  /** SIGKILL, and waits for the end. */
  kill(): Promise<void>;
  /** Starts it again on the same port and folder. */
  restart(): Promise<void>;
  /** SIGSTOP. Connections stay open, and nothing answers. */
  freeze(): void;
  /** SIGCONT. */
  thaw(): void;
  command(...args: readonly string[]): Promise<string>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

export interface RedisServerOptions {
  /**
   * Every write is on the disk before it is answered. Default false, which writes nothing to the
   * disk.
   */
  readonly appendOnly?: boolean;
  /** Further lines of redis.conf as arguments, `--name`, `value`. */
  readonly arguments?: readonly string[];
  /** A sentinel, with this file as its configuration, which it rewrites. */
  readonly sentinelConfig?: string;
}

export async function startRedis(options: RedisServerOptions = {}): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), 'statechat-redis-'));
  const port = await freePort();
  const persistence = options.appendOnly === true ? ['--appendonly', 'yes', '--appendfsync', 'always'] : ['--appendonly', 'no'];
  const common = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--daemonize', 'no'];
  const settings =
    options.sentinelConfig === undefined ? ['--save', '', ...common, ...persistence] : [options.sentinelConfig, '--sentinel', ...common];
  let child: ChildProcess | undefined;

  async function command(...args: readonly string[]): Promise<string> {
    const { stdout } = await run('redis-cli', ['-h', '127.0.0.1', '-p', String(port), ...args]);
    return stdout.trim();
  }

  async function start(): Promise<void> {
    const started = spawn('redis-server', [...settings, ...(options.arguments ?? [])], { detached: true, stdio: 'ignore' });
    child = started;
    const failed = new Promise<never>((_, reject) => {
      started.once('error', (error: NodeJS.ErrnoException) =>
        reject(
          error.code === 'ENOENT'
            ? new Error('redis-server is not on this machine: sudo apt-get install --no-install-recommends redis-server')
            : error,
        ),
      );
      started.once('exit', (code) => reject(new Error(`redis-server on port ${port} ended with ${code} while it started`)));
    });
    // Awaited only while it starts.
    failed.catch(() => {});
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const answer = await Promise.race([command('ping').catch(() => ''), failed]);
      if (answer === 'PONG') return;
      if (performance.now() > deadline) throw new Error(`redis-server on port ${port} did not answer in time`);
      await delay(20);
    }
  }

  function signal(name: NodeJS.Signals): void {
    if (child?.pid !== undefined && child.exitCode === null && child.signalCode === null) process.kill(-child.pid, name);
  }

  async function kill(): Promise<void> {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    signal('SIGKILL');
    await gone;
  }

  await start();
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    command,
    kill,
    restart: start,
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    stop: async () => {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export interface RedisCluster {
  readonly url: string;
  readonly nodes: readonly RedisServer[];
  /** Empties every primary. */
  flush(): Promise<void>;
  stop(): Promise<void>;
}

/** Three primaries with a replica each. */
export async function startRedisCluster(): Promise<RedisCluster> {
  const nodes: RedisServer[] = [];
  const stop = async () => void (await Promise.all(nodes.map((node) => node.stop())));
  try {
    for (let index = 0; index < 6; index += 1) {
      const bus = String(await freePort());
      nodes.push(await startRedis({ arguments: ['--cluster-enabled', 'yes', '--cluster-port', bus, '--cluster-node-timeout', '2000'] }));
    }
    const addresses = nodes.map(({ port }) => `127.0.0.1:${port}`);
    await run('redis-cli', ['--cluster', 'create', ...addresses, '--cluster-replicas', '1', '--cluster-yes'], { timeout: PATIENCE_MS });
    const deadline = performance.now() + PATIENCE_MS;
    // Each node must know that the cluster is whole, and each replica its primary.
    for (;;) {
      const infos = await Promise.all(
        nodes.map(async (node) => [await node.command('cluster', 'info'), await node.command('info', 'replication')]),
      );
      const whole = infos.every(
        ([cluster, replication]) => cluster?.includes('cluster_state:ok') && !replication?.includes('master_link_status:down'),
      );
      if (whole && infos.filter(([, replication]) => replication?.includes('role:slave')).length === 3) break;
      if (performance.now() > deadline) throw new Error('the Redis Cluster did not become whole in time');
    }
    return {
      url: `redis+cluster://${addresses.join()}`,
      nodes,
      flush: async () => {
        // A replica refuses it, and follows its primary.
        await Promise.all(nodes.map(({ port }) => oneLiners(port, ['flushall'])));
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * Many commands that answer with one line each, without a process for each. Resolves to those
 * lines.
 */
export async function oneLiners(port: number, commands: readonly string[]): Promise<string[]> {
  const socket = createConnection({ host: '127.0.0.1', port });
  try {
    socket.write(commands.map((command) => `${command}\r\n`).join(''));
    let text = '';
    for await (const chunk of socket.setEncoding('utf8')) {
      text += chunk;
      const lines = text.split('\r\n');
      if (lines.length > commands.length) return lines.slice(0, -1);
    }
    throw new Error(`redis-server on port ${port} ended the connection`);
  } finally {
    socket.destroy();
  }
}
