// A certified OpenID provider on loopback, for the tests. Takes its orders as lines of JSON on standard input and
// answers each with a line on standard output; it ends when standard input closes.

import { createServer } from 'node:http';
import { generateKeyPairSync } from 'node:crypto';
import { createInterface } from 'node:readline';
import { Provider } from 'oidc-provider';

console.info = console.log = console.error; // standard output carries answers alone

const settings = { accessTokenSeconds: 600, refreshTokenSeconds: 86400, idTokenSeconds: 600 };
let keys = [];
let number = 0;

function newKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  number += 1;
  return { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: `key-${number}` };
}

function provider(issuer) {
  const made = new Provider(issuer, {
    adapter: undefined, // in memory, and shared by all instances of this process: sessions outlive a new key
    clients: [
      {
        client_id: 'workbook',
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        redirect_uris: ['http://127.0.0.1/cb'],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
      },
    ],
    jwks: { keys },
    cookies: { keys: ['for the tests alone'] },
    claims: { openid: ['sub', 'worker_id'] },
    findAccount: (_ctx, sub) => ({ accountId: sub, claims: () => ({ sub, worker_id: `w-${sub}` }) }),
    extraTokenClaims: (_ctx, token) => ({ worker_id: `w-${token.accountId}` }),
    rotateRefreshToken: true,
    ttl: {
      AccessToken: () => settings.accessTokenSeconds,
      IdToken: () => settings.idTokenSeconds,
      RefreshToken: () => settings.refreshTokenSeconds,
      AuthorizationCode: 60, Session: 86400, Grant: 86400, Interaction: 600,
    },
    features: {
      devInteractions: { enabled: true },
      revocation: { enabled: true },
      rpInitiatedLogout: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_ctx, resource) => ({
          scope: 'workbook',
          audience: resource,
          accessTokenFormat: 'jwt',
          accessTokenTTL: settings.accessTokenSeconds,
          jwt: { sign: { alg: 'RS256' } },
        }),
        useGrantedResource: () => true,
      },
    },
  });
  return made;
}

let current;
let asked = [];
const server = createServer((request, response) => {
  asked.push(`${request.method} ${request.url.split('?')[0]}`);
  current.callback()(request, response);
});

server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  keys = [newKey()];
  current = provider(issuer);
  process.stdout.write(`${JSON.stringify({ issuer })}\n`);
  const orders = createInterface({ input: process.stdin });
  orders.on('line', (line) => {
    const order = JSON.parse(line);
    let answer = {};
    if (order.do === 'rotate-keys') {
      keys = order.forget ? [newKey()] : [newKey(), ...keys];
      current = provider(issuer);
    } else if (order.do === 'set') {
      Object.assign(settings, order.settings);
    } else if (order.do === 'asked') {
      answer = { asked };
      asked = [];
    } else {
      answer = { wrong: 'no such order' };
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  });
  orders.on('close', () => process.exit(0));
});
