/**
 * Every route of a program, as its Express routers have them. Routers forget the paths that they
 * are mounted at, so the calls that mount them are recorded while the program starts.
 */
import express from 'express';

export interface ServedRoute {
  /** `ALL` for a route that takes any, and `USE` for a handler of everything below its path. */
  readonly method: string;
  readonly path: string;
}

interface Child {
  readonly path: string;
  readonly target: unknown;
}

/** What Express has, as far as it is needed here. */
interface RouterMethods {
  use(this: object, ...given: unknown[]): unknown;
  route(this: object, path: unknown): { readonly methods: Readonly<Record<string, boolean>> };
}

/** Records what `start` mounts. */
export async function servedRoutes<T>(start: () => Promise<T>): Promise<{ readonly started: T; readonly served: readonly ServedRoute[] }> {
  const prototype: RouterMethods = Object(express.Router.prototype);
  const { use, route } = prototype;
  const children = new Map<unknown, Child[]>();
  const add = (parent: unknown, paths: unknown, target: unknown): void => {
    const here = children.get(parent) ?? [];
    for (const path of [paths].flat()) here.push({ path: String(path), target });
    children.set(parent, here);
  };
  prototype.use = function (...given) {
    const isPath = (one: unknown): boolean => typeof [one].flat()[0] !== 'function';
    const [paths, handlers] = isPath(given[0]) ? [given[0], given.slice(1)] : ['/', given];
    for (const handler of handlers.flat()) add(this, paths, handler);
    return use.apply(this, given);
  };
  prototype.route = function (path) {
    const made = route.call(this, path);
    add(this, path, made);
    return made;
  };
  try {
    const started = await start();
    const mounted = new Set([...children.values()].flat().map(({ target }) => target));
    const roots = [...children.keys()].filter((router) => !mounted.has(router));
    const all = roots.flatMap((root) => routesOf(root, '', children));
    // A handler before routes serves none itself.
    const served = all.filter((one) => one.method !== 'USE' || !all.some((other) => other !== one && other.path.startsWith(one.path)));
    return { started, served };
  } finally {
    Object.assign(prototype, { use, route });
  }
}

function routesOf(router: unknown, base: string, children: ReadonlyMap<unknown, readonly Child[]>): ServedRoute[] {
  const here = (children.get(router) ?? []).flatMap(({ path, target }) => {
    const at = `${base}${path === '/' ? '' : path}`;
    if (children.has(target)) return routesOf(target, at, children);
    const methods = Reflect.get(Object(target), 'methods');
    if (methods === undefined) return at === '' ? [] : [{ method: 'USE', path: at }];
    return Object.keys(methods).map((method) => ({
      method: method === '_all' ? 'ALL' : method.toUpperCase(),
      path: at === '' ? '/' : at,
    }));
  });
  // A path with methods of its own answers the others with 405.
  const methods = here.filter(({ method }) => method !== 'ALL' && method !== 'USE');
  return here.filter(({ method, path }) => method !== 'ALL' || !methods.some((other) => other.path === path));
}
