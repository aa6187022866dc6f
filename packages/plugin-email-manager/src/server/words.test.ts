import { describe, expect, it } from 'vitest';
import english from '../locale/server/en-US.json';
import ukrainian from '../locale/server/uk-UA.json';
import chinese from '../locale/server/zh-CN.json';
import { ERROR_STATUS } from './errors';
import { MICROSOFT_WORDS } from './providers/microsoft/sign-in-words';
import { refusalWords, type Translate } from './words';

describe.each([
  ['English', english],
  ['Ukrainian', ukrainian],
  ['Chinese', chinese],
] as [string, Record<string, string>][])('%s', (_language, words) => {
  it.each(Object.keys(ERROR_STATUS))('has a sentence and a next step for %s', (code) => {
    expect(words[`errors.${code}.message`]).toMatch(/[.。]$/);
    expect(words[`errors.${code}.action`]).toMatch(/[.。]$/);
  });

  it('has no words for refusals that do not exist, and the same parameters as the English', () => {
    expect(Object.keys(words).sort()).toEqual(Object.keys(english).sort());
    const parameters = (text: string) => [...text.matchAll(/{{(\w+)}}/g)].map((match) => match[1]).sort();
    for (const [key, text] of Object.entries(english as Record<string, string>)) {
      expect(parameters(words[key] ?? ''), key).toEqual(parameters(text));
    }
    for (const key of Object.keys(words).filter((name) => name.startsWith('errors.'))) {
      const [, code = '', ...rest] = key.split('.');
      const part = rest.pop() ?? '';
      const [provider, reason] = rest;
      expect(Object.keys(ERROR_STATUS), key).toContain(code);
      expect(['message', 'action'], key).toContain(part);
      expect([undefined, 'google', 'microsoft'], key).toContain(provider);
      if (reason !== undefined) expect([...MICROSOFT_WORDS], key).toContain(reason);
    }
  });
});

describe('a refusal', () => {
  const translate: Translate = (key, options = {}) =>
    ((english as Record<string, string>)[key] ?? String(options.defaultValue ?? key)).replace(/{{(\w+)}}/g, (_, name) =>
      String(options[name as string]),
    );

  it('names who has to act as precisely as the provider’s code allows', () => {
    const words = (reason: string | null) =>
      refusalWords(translate, { code: 'OAUTH_CLIENT_INVALID', provider: 'microsoft', reason });
    expect(words('secretExpired').message).toContain('has expired');
    expect(words('nobodyKnows').message).toContain('Microsoft does not accept');
    expect(words(null).action).toContain('Settings → Email settings');
  });

  it('is Google’s for Google, and nobody’s where the provider is not known', () => {
    expect(refusalWords(translate, { code: 'OAUTH_DENIED', provider: 'google' }).message).toContain('test users');
    expect(refusalWords(translate, { code: 'OAUTH_DENIED' }).message).toMatch(/^The mail provider did not/);
  });
});
