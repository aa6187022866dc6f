import { expect, test } from 'vitest';
import { CONTOSO_TENANT } from './identity/directory';
import { keepMicrosoft, restoreMicrosoft } from './kept-state';
import type { KeptMicrosoft } from './kept-state';
import { ANN, WORK_ANN, createTestSignIn } from './test-client';

const ACCOUNTS = [
  { address: ANN, messages: 20, seed: 4 },
  { address: WORK_ANN, messages: 5 },
];

function start(kept: KeptMicrosoft | undefined, starts: number) {
  const t = createTestSignIn({ accounts: ACCOUNTS });
  // What was kept went through a file.
  restoreMicrosoft(t.microsoft.state, JSON.parse(JSON.stringify(kept ?? null)) ?? undefined, starts);
  return t;
}

async function deltaLink(t: ReturnType<typeof start>, token: string): Promise<string> {
  let link = 'https://graph.microsoft.com/v1.0/me/mailFolders/inbox/messages/delta';
  for (;;) {
    const response = await t.fetch(link, { headers: { authorization: `Bearer ${token}` } });
    const page = (await response.json()) as Record<string, string>;
    if (page['@odata.deltaLink']) return page['@odata.deltaLink'];
    link = page['@odata.nextLink'] ?? '';
  }
}

test('a second run honours the consents, has the same mail, and knows no delta link of the first', async () => {
  const first = start(undefined, 1);
  const { accessToken, refreshToken } = first.microsoft.control.issueTokens({ account: ANN });
  first.microsoft.control.setTenant({ id: CONTOSO_TENANT, userConsent: 'blocked' });
  first.microsoft.control.grantAdminConsent({ tenant: CONTOSO_TENANT });
  const before = Object.keys(first.microsoft.control.truth({ account: ANN }).messages);
  first.microsoft.control.newMail({ account: ANN, count: 3 });
  const link = await deltaLink(first, accessToken);

  const second = start(keepMicrosoft(first.microsoft.state), 2);
  second.microsoft.control.setTenant({ id: CONTOSO_TENANT, userConsent: 'blocked' });
  expect(Object.keys(second.microsoft.control.truth({ account: ANN }).messages)).toEqual(before);
  const { status, json } = await second.refresh(refreshToken);
  expect(status).toBe(200);
  expect((await second.consent({ login_hint: WORK_ANN })).searchParams.has('code')).toBe(true);
  const headers = { authorization: `Bearer ${json.access_token}` };
  expect((await second.fetch(link, { headers })).status).toBe(410);
  const fresh = await deltaLink(second, json.access_token as string);
  expect((await second.fetch(fresh, { headers })).status).toBe(200);
});
