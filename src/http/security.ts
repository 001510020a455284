/**
 * Security headers of every response. Any site can show the chat page in a frame, and no other
 * page.
 */
import type { RequestHandler } from 'express';
import helmet from 'helmet';

/** @param imageOrigins other sites from which pages load pictures. */
export function securityHeaders(imageOrigins: readonly string[] = []): RequestHandler {
  const strict = headers("'none'", imageOrigins);
  const embeddable = headers('*', imageOrigins);
  return (request, response, next) => (/^\/chat(\/|$)/.test(request.path) ? embeddable : strict)(request, response, next);
}

function headers(frameAncestors: string, imageOrigins: readonly string[]): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:', 'blob:', ...imageOrigins],
        // Recordings and videos of customers, which the page loads with its reader's token.
        mediaSrc: ["'self'", 'blob:'],
        fontSrc: ["'self'"],
        connectSrc: ["'self'"],
        manifestSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: [frameAncestors],
      },
    },
    // frame-ancestors is more precise, and X-Frame-Options cannot express "any site".
    xFrameOptions: frameAncestors === '*' ? false : { action: 'deny' },
    referrerPolicy: { policy: 'no-referrer' },
  });
}
