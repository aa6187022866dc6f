import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { ProviderSettings } from '../../shared/api';
import { formOf, updateOf } from '../state/provider-form';
import { google } from './google';
import { microsoft } from './microsoft';
import { PROVIDERS } from './registry';

// NocoBase's own module is there in its clients only; nothing is rendered here.
vi.mock('@nocobase/flow-engine', () => ({ useFlowEngine: () => ({}) }));

const words = JSON.parse(
  fs.readFileSync(path.resolve(import.meta.dirname, '../../locale/client/en-US.json'), 'utf8'),
) as Record<string, string>;

const settings = (over: Partial<ProviderSettings> = {}): ProviderSettings => ({
  provider: 'microsoft',
  available: true,
  enabled: true,
  clientId: 'client',
  hasClientSecret: true,
  clientSecretReference: null,
  redirectUri: 'https://nocobase.example/admin/settings/mail/oauth2',
  publicUrl: null,
  syncIntervalSeconds: 300,
  scopes: ['offline_access', 'https://graph.microsoft.com/Mail.ReadWrite'],
  scopeChoice: 'gmail.modify',
  configured: true,
  tenant: 'common',
  secretExpiresAt: '2027-05-31',
  secretWarning: null,
  ...over,
});

describe.each(PROVIDERS)('the words of $name', (provider) => {
  const missing = (keys: readonly string[]) =>
    keys.filter((key) => !words[`ui.provider.${provider.name}.${key}`] && !words[`ui.anyProvider.${key}`]);

  it('lack nothing that its dialogs, its guide and its helper show', () => {
    const { guide } = provider;
    const stepsOf = (steps: readonly { key: string }[]) =>
      steps.flatMap(({ key }) => [`guide.step.${key}.title`, `guide.step.${key}.text`]);
    expect(
      missing([
        'name',
        'company',
        ...['guide.title', 'guide.question', 'guide.open', 'noReturn.title', 'noReturn.question', 'noReturn.letter'],
        ...['connect.continue', 'connect.whatIsAsked', 'settings.clientId', 'settings.redirectUriHelp'],
        ...guide.answers.flatMap((answer) => [`guide.answer.${answer}`, `guide.consequence.${answer}`]),
        ...guide.answers.flatMap((answer) => stepsOf(guide.steps(answer, settings()))),
        ...(guide.existing ? ['guide.existing', ...stepsOf(guide.existing(settings()))] : []),
        ...provider.noReturnCases.flatMap((name) => [`noReturn.says.${name}`, `noReturn.fix.${name}`]),
        ...provider.noReturnCases.map((name) => `noReturn.admin.${name}`),
        ...provider.asked(undefined).map((key) => `connect.${key}`),
        ...(provider.expectedWarning ? [`connect.${provider.expectedWarning}Title`] : []),
        ...(provider.mayNeedApproval
          ? ['approvalTitle', 'approvalText', 'approvalLetter'].map((k) => `connect.${k}`)
          : []),
        ...['inbox', 'sent', 'drafts', 'spam', 'trash', 'archive'].map((role) => `folder.${role}`),
      ]),
    ).toEqual([]);
  });
});

it('every line of the check has a cause in words, and a fix unless it is fine', () => {
  const api = fs.readFileSync(path.resolve(import.meta.dirname, '../../shared/api.ts'), 'utf8');
  const union = /export type CheckCode =([\s\S]*?);/.exec(api)?.[1] ?? '';
  const codes = [...union.matchAll(/\| '([A-Z_]+)'/g)].map((match) => match[1] ?? '');
  const lines = fs.readFileSync(path.resolve(import.meta.dirname, '../components/CheckLines.tsx'), 'utf8');
  const fine = /new Set<CheckCode>\(\[([\s\S]*?)\]\)/.exec(lines)?.[1] ?? '';
  expect(codes.length).toBeGreaterThan(30);
  const has = (key: string) =>
    PROVIDERS.some(({ name }) => words[`ui.provider.${name}.${key}`]) || words[`ui.anyProvider.${key}`];
  expect(codes.filter((code) => !has(`check.cause.${code}`))).toEqual([]);
  expect(codes.filter((code) => !fine.includes(`'${code}'`) && !has(`check.fix.${code}`))).toEqual([]);
});

describe('the settings form', () => {
  it('sends nothing that was not changed, and no empty secret', () => {
    for (const [provider, stored] of [
      [google, settings({ provider: 'google', tenant: null, secretExpiresAt: null })],
      [microsoft, settings()],
      [microsoft, settings({ tenant: 'contoso.example' })],
      [microsoft, settings({ tenant: null, secretExpiresAt: null })],
    ] as const) {
      expect(updateOf(provider, formOf(provider, stored), stored)).toEqual({});
    }
  });

  it('does not lose the tenant between its two fields', () => {
    const stored = settings();
    const form = { ...formOf(microsoft, stored), tenantChoice: 'one', tenantId: ' contoso.example ' };
    expect(updateOf(microsoft, form, stored)).toEqual({ tenant: 'contoso.example' });
    const single = settings({ tenant: 'contoso.example' });
    expect(formOf(microsoft, single)).toMatchObject({ tenantChoice: 'one', tenantId: 'contoso.example' });
    const back = { ...formOf(microsoft, single), tenantChoice: 'organizations' };
    expect(updateOf(microsoft, back, single)).toEqual({ tenant: 'organizations' });
    // An empty tenant is for the server to refuse at its field, not for the form to swallow.
    const empty = { ...formOf(microsoft, stored), tenantChoice: 'one', tenantId: '' };
    expect(updateOf(microsoft, empty, stored)).toEqual({ tenant: '' });
  });

  it('can forget the day on which the secret ends', () => {
    const stored = settings();
    expect(updateOf(microsoft, { ...formOf(microsoft, stored), secretExpiresAt: '' }, stored)).toEqual({
      secretExpiresAt: null,
    });
  });
});
