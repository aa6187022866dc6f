import https from 'node:https';
import { ConfidentialClientApplication, CryptoProvider } from '@azure/msal-node';
import type { INetworkModule, NetworkRequestOptions, NetworkResponse } from '@azure/msal-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startMicrosoftSimulator } from '../server';
import type { RunningMicrosoftSimulator } from '../server';
import { DEFAULT_MICROSOFT_CLIENT } from '../simulator';
import { ANN, REDIRECT, WORK_ANN } from '../test-client';
import { CONTOSO_TENANT } from './directory';

const SCOPES = ['User.Read', 'Mail.ReadWrite', 'Mail.Send', 'MailboxSettings.ReadWrite'];

let microsoft: RunningMicrosoftSimulator;

beforeAll(async () => {
  microsoft = await startMicrosoftSimulator({ tls: true });
});

afterAll(() => microsoft.close());

/** Trusts the certificate of the simulator and nothing else; all the rest is MSAL's own. */
function networkModule(): INetworkModule {
  const send = <T>(method: string, url: string, options?: NetworkRequestOptions): Promise<NetworkResponse<T>> =>
    new Promise((resolve, reject) => {
      const request = https.request(
        url,
        { method, ca: microsoft.certificate, headers: options?.headers ?? {} },
        (response) => {
          let text = '';
          response.on('data', (chunk: Buffer) => (text += chunk.toString()));
          response.on('end', () => {
            const headers = Object.fromEntries(
              Object.entries(response.headers).map(([name, value]) => [name, String(value)]),
            );
            resolve({ headers, status: response.statusCode ?? 0, body: JSON.parse(text) as T });
          });
        },
      );
      request.on('error', reject);
      request.end(options?.body);
    });
  return {
    sendGetRequestAsync: (url, options) => send('GET', url, options),
    sendPostRequestAsync: (url, options) => send('POST', url, options),
  };
}

function msal(
  tenant: string,
  clientSecret: string = DEFAULT_MICROSOFT_CLIENT.clientSecret,
): ConfidentialClientApplication {
  return new ConfidentialClientApplication({
    auth: {
      clientId: DEFAULT_MICROSOFT_CLIENT.clientId,
      clientSecret,
      authority: `${microsoft.url}/${tenant}`,
      knownAuthorities: [new URL(microsoft.url).host],
    },
    system: { networkClient: networkModule() },
  });
}

function browse(url: string, form?: Record<string, string>): Promise<{ location: string | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    const headers = form ? { 'content-type': 'application/x-www-form-urlencoded' } : {};
    const request = https.request(
      url,
      { method: form ? 'POST' : 'GET', ca: microsoft.certificate, headers },
      (response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => (body += chunk.toString()));
        response.on('end', () => resolve({ location: response.headers.location, body }));
      },
    );
    request.on('error', reject);
    request.end(form ? new URLSearchParams(form).toString() : undefined);
  });
}

async function signIn(app: ConfidentialClientApplication, account: string) {
  const { verifier, challenge } = await new CryptoProvider().generatePkceCodes();
  const url = await app.getAuthCodeUrl({
    scopes: SCOPES,
    redirectUri: REDIRECT,
    state: 'state-1',
    codeChallenge: challenge,
    codeChallengeMethod: 'S256',
    prompt: 'select_account',
  });
  expect((await browse(url)).body).toContain(`data-account="${account}"`);
  const chosen = `${url}&simulator_account=${encodeURIComponent(account)}`;
  expect((await browse(chosen)).body).toContain('id="accept"');
  const back = new URL((await browse(chosen, { decision: 'accept' })).location ?? '');
  expect(back.searchParams.get('state')).toBe('state-1');
  return { code: back.searchParams.get('code') ?? '', verifier };
}

test.each([
  ['a personal account at common', 'common', ANN],
  ['a work account at its tenant', CONTOSO_TENANT, WORK_ANN],
])('msal-node signs in %s with PKCE, and its silent call uses the refresh token', async (_, tenant, address) => {
  const app = msal(tenant);
  const { code, verifier } = await signIn(app, address);
  const result = await app.acquireTokenByCode({ code, codeVerifier: verifier, scopes: SCOPES, redirectUri: REDIRECT });
  expect(result.account).toMatchObject({
    username: address,
    tenantId: microsoft.state.accounts.get(address)?.tenantId,
  });
  expect(result.scopes.map((s) => s.replace('https://graph.microsoft.com/', ''))).toEqual(
    expect.arrayContaining(SCOPES),
  );

  if (!result.account) throw new Error('MSAL knows no account.');
  const again = await app.acquireTokenSilent({ account: result.account, scopes: SCOPES, forceRefresh: true });
  expect(again.fromCache).toBe(false);
  expect(again.accessToken).not.toBe(result.accessToken);

  microsoft.control.revokeSessions({ account: address });
  await expect(
    app.acquireTokenSilent({ account: result.account, scopes: SCOPES, forceRefresh: true }),
  ).rejects.toMatchObject({ errorCode: 'invalid_grant' });
  microsoft.control.revokeConsent({ account: address });
});

test('msal-node reads the errors of a used code, a wrong verifier and a wrong secret', async () => {
  const app = msal('common');
  const { code, verifier } = await signIn(app, ANN);
  const redeem = (by: ConfidentialClientApplication, codeVerifier: string) =>
    by.acquireTokenByCode({ code, codeVerifier, scopes: SCOPES, redirectUri: REDIRECT });
  await expect(redeem(msal('common', 'wrong'), verifier)).rejects.toMatchObject({
    errorCode: 'invalid_client',
    errorMessage: expect.stringContaining('AADSTS7000215') as string,
  });
  await expect(redeem(app, 'x'.repeat(43))).rejects.toMatchObject({
    errorMessage: expect.stringContaining('AADSTS501481') as string,
  });
  await redeem(app, verifier);
  await expect(redeem(app, verifier)).rejects.toMatchObject({
    errorMessage: expect.stringContaining('AADSTS54005') as string,
  });
  microsoft.control.revokeConsent({ account: ANN });
});

test('msal-node takes a policy’s answer as InteractionRequiredAuthError with its claims', async () => {
  const app = msal('common');
  const { code, verifier } = await signIn(app, ANN);
  const { account } = await app.acquireTokenByCode({
    code,
    codeVerifier: verifier,
    scopes: SCOPES,
    redirectUri: REDIRECT,
  });
  if (!account) throw new Error('MSAL knows no account.');
  microsoft.control.failNextToken({ code: 50076 });
  await expect(app.acquireTokenSilent({ account, scopes: SCOPES, forceRefresh: true })).rejects.toMatchObject({
    name: 'InteractionRequiredAuthError',
    subError: 'basic_action',
    claims: expect.stringContaining('capolids') as string,
  });
});

test('msal-node gets the app’s own token at a tenant, which shows that the secret is right', async () => {
  const result = await msal(CONTOSO_TENANT).acquireTokenByClientCredential({
    scopes: ['https://graph.microsoft.com/.default'],
  });
  expect(result?.accessToken).toMatch(/^eyJ/);
});
