import { expect, test } from 'vitest';
import { ANN, WORK_ANN, createTestSignIn } from './test-client';

test('a code that came without a person gives tokens that open Graph, and a refresh gives the next ones', async () => {
  const t = createTestSignIn();
  const back = await t.consent({ state: 'st-1' });
  expect(back.searchParams.get('state')).toBe('st-1');
  const first = await t.exchange(back.searchParams.get('code') ?? '');
  expect(first).toMatchObject({ status: 200, json: { token_type: 'Bearer', expires_in: 3599 } });
  const second = await t.refresh(first.json.refresh_token);
  expect(second.json.refresh_token).not.toBe(first.json.refresh_token);
  expect((await t.graph('', second.json.access_token)).status).not.toBe(401);
});

test('issued tokens open Graph at once, and anything else is 401', async () => {
  const t = createTestSignIn();
  const { accessToken } = t.microsoft.control.issueTokens({ account: ANN });
  expect((await t.graph('', accessToken)).status).not.toBe(401);
  const refused = await t.graph('', 'nonsense');
  expect(refused).toMatchObject({ status: 401, json: { error: { code: 'InvalidAuthenticationToken' } } });
  expect(refused.headers.get('www-authenticate')).toContain('authorization_uri=');
  t.clock.advance(3_599_000);
  expect((await t.graph('', accessToken)).status).toBe(401);
});

test('Graph answers the person whose token it is', async () => {
  const t = createTestSignIn();
  const { accessToken } = t.microsoft.control.issueTokens({ account: WORK_ANN });
  const me = await t.graph('', accessToken);
  expect(me).toMatchObject({ status: 200, json: { userPrincipalName: WORK_ANN } });
  expect((await t.graph('/mailFolders/inbox', accessToken)).json.totalItemCount).toBe(0);
  const weak = t.microsoft.control.issueTokens({ account: WORK_ANN, scopes: ['User.Read'] });
  expect((await t.graph('/messages', weak.accessToken)).status).toBe(403);
});

test('a work account of a domain that nobody described brings its tenant along', async () => {
  const t = createTestSignIn({ accounts: [{ address: 'eve@fabrikam.example', kind: 'work' }] });
  const tenantId = t.microsoft.state.accounts.get('eve@fabrikam.example')?.tenantId ?? '';
  const back = await t.consent({ login_hint: 'eve@fabrikam.example' }, 'fabrikam.example');
  expect((await t.exchange(back.searchParams.get('code') ?? '', {}, tenantId)).status).toBe(200);
});
