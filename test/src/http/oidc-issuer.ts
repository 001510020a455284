/** An OpenID Connect provider on a free port, whose answers a test can spoil. */
import { createHash, randomUUID } from 'node:crypto';
import express from 'express';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { listen } from '#src/http/server.ts';

export const CLIENT_ID = 'statechat-test';
export const CLIENT_SECRET = 'a secret of the client';

export interface Spoiled {
  /** Over the claims of a good ID token. */
  readonly claims?: Record<string, unknown>;
  /** Signs with a key that the issuer does not publish. */
  readonly foreignKey?: boolean;
  /** Expects the verifier of nobody. */
  readonly wrongVerifier?: boolean;
  /** Signs nothing, and says so in the header. */
  readonly unsigned?: boolean;
  /** The issuer that its description names. */
  readonly issuer?: string;
  /** What its token endpoint answers. */
  readonly status?: number;
}

export interface Issuer {
  readonly url: string;
  /** Who signs in. */
  person: Record<string, unknown>;
  spoiled: Spoiled;
  /** How many codes were exchanged. */
  readonly exchanged: () => number;
  /** The person agrees, and the browser gets the address of the way back. */
  authorize(url: string): Promise<URL>;
  close(): Promise<void>;
}

const { publicKey, privateKey } = await generateKeyPair('RS256');
const foreign = await generateKeyPair('RS256');
const jwk = { ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256', use: 'sig' };

export async function startIssuer(): Promise<Issuer> {
  const codes = new Map<string, Record<string, string>>();
  let exchanged = 0;
  const app = express();
  const server = await listen(app, { host: '127.0.0.1', port: 0 });
  const url = `http://127.0.0.1:${server.port}`;
  const issuer: Issuer = {
    url,
    person: { sub: 'user-1', name: 'Amira Haddad', email: 'amira@example.com', email_verified: true },
    spoiled: {},
    exchanged: () => exchanged,
    async authorize(at) {
      const response = await fetch(at, { redirect: 'manual' });
      return new URL(response.headers.get('location') ?? `error:${response.status}`);
    },
    close: () => server.close(100),
  };

  app.use((_request, response, next) => {
    response.set('connection', 'close');
    next();
  });
  app.get('/.well-known/openid-configuration', (_request, response) => {
    response.json({
      issuer: issuer.spoiled.issuer ?? url,
      authorization_endpoint: `${url}/authorize`,
      token_endpoint: `${url}/token`,
      jwks_uri: `${url}/jwks`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
    });
  });
  app.get('/jwks', (_request, response) => {
    response.json({ keys: [jwk] });
  });
  app.get('/authorize', (request, response) => {
    const asked = Object.fromEntries(Object.entries(request.query).map(([name, value]) => [name, String(value)]));
    const isGood =
      asked.client_id === CLIENT_ID &&
      asked.response_type === 'code' &&
      asked.code_challenge_method === 'S256' &&
      asked.nonce !== undefined;
    if (!isGood) {
      response.status(400).end();
      return;
    }
    const code = randomUUID();
    codes.set(code, asked);
    response.redirect(`${asked.redirect_uri}?${new URLSearchParams({ code, state: asked.state ?? '' })}`);
  });
  app.post('/token', express.urlencoded(), async (request, response) => {
    const { code, code_verifier: verifier = '', redirect_uri: redirectUri } = request.body;
    const asked = codes.get(code);
    codes.delete(code);
    if (issuer.spoiled.status !== undefined) {
      response.status(issuer.spoiled.status).json({ error: 'temporarily_unavailable' });
      return;
    }
    const given = Buffer.from((request.get('authorization') ?? '').replace('Basic ', ''), 'base64').toString();
    const isClient = new URLSearchParams(given.replace(':', '=')).get(CLIENT_ID) === CLIENT_SECRET;
    const challenge = createHash('sha256')
      .update(issuer.spoiled.wrongVerifier === true ? 'another' : verifier)
      .digest('base64url');
    if (!isClient || asked === undefined || asked.redirect_uri !== redirectUri || asked.code_challenge !== challenge) {
      response.status(400).json({ error: isClient ? 'invalid_grant' : 'invalid_client' });
      return;
    }
    exchanged += 1;
    const now = Math.floor(Date.now() / 1_000);
    const claims = { iss: url, aud: CLIENT_ID, iat: now, exp: now + 300, nonce: asked.nonce, ...issuer.person, ...issuer.spoiled.claims };
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const idToken =
      issuer.spoiled.unsigned === true
        ? `${part({ alg: 'none' })}.${part(claims)}.`
        : await new SignJWT(claims)
            .setProtectedHeader({ alg: 'RS256', kid: 'one' })
            .sign(issuer.spoiled.foreignKey === true ? foreign.privateKey : privateKey);
    response.json({ access_token: 'an-access-token', token_type: 'Bearer', id_token: idToken });
  });
  return issuer;
}
