/**
 * Names and safety of the cookies of agents. Cookies are shared by all ports of a host, so a name
 * has the port by which the browser came. Two programs on one machine keep their own.
 */
import type { Request } from 'express';

export interface CookieRules {
  nameOf(request: Request, name: string): string;
  /** Whether the browser sends the cookie over https alone. */
  isSecure(request: Request): boolean;
}

/** @param publicUrl of the program, if it is known. A proxy may take the https off. */
export function cookieRules(publicUrl: string | undefined): CookieRules {
  const isSecure = (request: Request): boolean => request.secure || publicUrl?.startsWith('https:') === true;
  return {
    isSecure,
    nameOf(request, name) {
      const [, port] = /:(\d+)$/.exec(request.get('host') ?? '') ?? [];
      return `${isSecure(request) ? '__Secure-' : ''}${name}${port === undefined ? '' : `-${port}`}`;
    },
  };
}
